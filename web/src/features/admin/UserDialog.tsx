import { zodResolver } from "@hookform/resolvers/zod";
import { useForm, useWatch } from "react-hook-form";
import { z } from "zod";
import type { Schemas } from "~/api/client";
import { useToast } from "~/app/useToast";
import type { User } from "~/features/account/session";
import { useProviders } from "~/features/catalogue/queries";
import { t, type TextKey } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field, Select } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { Check } from "./Check";
import { MergeFields } from "./MergeFields";
import { patchOf, useMergingSave, type Fields } from "./merging";
import { useKeyFor } from "./useKeyFor";
import { changeUser, fieldsOfUser, ROLES, useCreateUser, useRefreshUsers } from "./users";

const PASSWORD_CHARACTERS = 10;
const shape = (isNew: boolean) =>
    z
        .object({
            name: z.string().trim().min(1, t("admin.needed")),
            email: z.union([z.literal(""), z.email(t("admin.users.needsEmail"))]),
            phone: z.string().trim(),
            password: z.string(),
            role: z.enum(["client", "operator", "admin"]),
            providerId: z.string(),
            isActive: z.boolean(),
        })
        .superRefine(({ email, phone, password, role }, context) => {
            const isClient = role === "client";
            if (!email && !(isClient && phone && !password))
                context.addIssue({
                    code: "custom",
                    path: ["email"],
                    message: t(
                        isClient && !password
                            ? "admin.users.needsContact"
                            : "admin.users.needsEmail",
                    ),
                });
            if (isNew && password.length < PASSWORD_CHARACTERS && !(isClient && !password))
                context.addIssue({
                    code: "custom",
                    path: ["password"],
                    message: t("admin.users.passwordHint"),
                });
        });
type Values = z.infer<ReturnType<typeof shape>>;

function valuesOf(user: User | null): Values {
    return {
        name: user?.name ?? "",
        email: user?.email ?? "",
        phone: user?.phone ?? "",
        password: "",
        role: user?.role ?? "operator",
        providerId: user?.providerId ?? "",
        isActive: user?.isActive ?? true,
    };
}

/** As the API wants it; only an operator is linked to a provider. */
function fieldsOfValues(values: Values): Fields {
    return {
        name: values.name,
        email: values.email || null,
        phone: values.phone || null,
        role: values.role,
        providerId: (values.role === "operator" && values.providerId) || null,
        isActive: values.isActive,
    };
}

/** Makes a user, or changes one. */
export function UserDialog({ user, onClose }: { user: User | null; onClose: () => void }) {
    const toast = useToast();
    const refresh = useRefreshUsers();
    const providers = useProviders().data ?? [];
    const keyFor = useKeyFor();
    const saved = () => {
        refresh();
        toast.done(t("app.saved"));
        onClose();
    };
    const create = useCreateUser(saved);
    const merging = useMergingSave<User>({
        fieldsOf: fieldsOfUser,
        change: changeUser,
        onSaved: saved,
    });
    const form = useForm({ resolver: zodResolver(shape(!user)), defaultValues: valuesOf(user) });
    const { errors } = form.formState;
    const role = useWatch({ control: form.control, name: "role" });
    const submit = form.handleSubmit((values) => {
        if (user) {
            const patch = patchOf(fieldsOfUser(user), fieldsOfValues(values));
            if (Object.keys(patch).length > 0) merging.save(user, patch);
            else onClose();
            return;
        }
        const { name, email, phone, role, providerId } = fieldsOfValues(values);
        const password = values.password || null;
        const body = { name, email, phone, role, providerId, password } as Schemas["NewUser"];
        create.mutate({ body, key: keyFor(body) });
    });
    const words = (field: string, value: unknown): string => {
        if (field === "role") return t(`admin.users.role.${value as User["role"]}`);
        if (field === "providerId")
            return providers.find(({ id }) => id === value)?.name ?? t("admin.users.nobody");
        if (typeof value === "boolean") return t(value ? "admin.yes" : "admin.no");
        return typeof value === "string" ? value : "–";
    };
    if (merging.conflict) {
        const { theirs, patch, fields } = merging.conflict;
        return (
            <MergeFields
                conflicts={fields.map((field) => ({
                    field,
                    label: t(`admin.field.${field}` as TextKey),
                    theirs: words(field, fieldsOfUser(theirs)[field]),
                    yours: words(field, patch[field]),
                }))}
                onSettle={merging.settle}
                onCancel={merging.forget}
            />
        );
    }
    const error = create.error ?? merging.error;
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={user ? t("admin.users.editOf", { name: user.name }) : t("admin.users.new")}
        >
            <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
                {error && <ErrorNotice error={error} />}
                <Field
                    label={t("admin.field.name")}
                    error={errors.name?.message}
                    autoComplete="off"
                    {...form.register("name")}
                />
                <Field
                    label={t("admin.field.email")}
                    type="email"
                    autoComplete="off"
                    error={errors.email?.message}
                    {...form.register("email")}
                />
                <Field
                    label={t("admin.field.phone")}
                    type="tel"
                    autoComplete="off"
                    {...form.register("phone")}
                />
                {!user && (
                    <Field
                        label={t("signIn.password")}
                        hint={t(
                            role === "client"
                                ? "admin.users.passwordOptional"
                                : "admin.users.passwordHint",
                        )}
                        type="password"
                        autoComplete="new-password"
                        error={errors.password?.message}
                        {...form.register("password")}
                    />
                )}
                <Select
                    label={t("admin.field.role")}
                    hint={t(`admin.users.roleHint.${role}`)}
                    {...form.register("role")}
                >
                    {ROLES.map((one) => (
                        <option key={one} value={one}>
                            {t(`admin.users.role.${one}`)}
                        </option>
                    ))}
                </Select>
                {role === "operator" && (
                    <Select
                        label={t("admin.field.providerId")}
                        hint={t("admin.users.providerHint")}
                        {...form.register("providerId")}
                    >
                        <option value="">{t("admin.users.nobody")}</option>
                        {providers.map(({ id, name }) => (
                            <option key={id} value={id}>
                                {name}
                            </option>
                        ))}
                    </Select>
                )}
                {user && (
                    <Check
                        label={t("admin.field.isActive")}
                        hint={t("admin.users.activeHint")}
                        {...form.register("isActive")}
                    />
                )}
                <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
                    <Button look="secondary" onClick={onClose}>
                        {t("app.cancel")}
                    </Button>
                    <Button type="submit" busy={create.isPending || merging.isPending}>
                        {t("app.save")}
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}
