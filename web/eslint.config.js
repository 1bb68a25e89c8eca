import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules", "public", "src/api/schema.d.ts"] },
    js.configs.recommended,
    ...tseslint.configs.strictTypeChecked,
    {
        languageOptions: {
            parserOptions: {
                projectService: { allowDefaultProject: ["*.js"] },
                tsconfigRootDir: import.meta.dirname,
            },
        },
        plugins: { "react-hooks": reactHooks },
        rules: {
            ...reactHooks.configs.recommended.rules,
            "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            // A handler may be an async function: what it throws is shown by the mutation that it calls.
            "@typescript-eslint/no-misused-promises": [
                "error",
                { checksVoidReturn: { attributes: false } },
            ],
            "@typescript-eslint/no-confusing-void-expression": [
                "error",
                { ignoreArrowShorthand: true },
            ],
            // Dates and numbers are written in the text's language: lib/locale.ts decides.
            "no-restricted-syntax": [
                "error",
                {
                    selector: "[callee.object.name='Intl'] > Identifier[name='undefined']",
                    message: "Name the locale of lib/locale.ts.",
                },
                {
                    selector: "CallExpression[callee.property.name=/^toLocale.*String$/]",
                    message: "Use lib/time.ts or lib/money.ts.",
                },
            ],
            "no-restricted-imports": [
                "error",
                { patterns: [{ group: ["../../*"], message: "Import from other folders by ~/." }] },
            ],
        },
    },
    { files: ["*.js"], ...tseslint.configs.disableTypeChecked },
);
