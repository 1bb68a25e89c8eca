import { readFile, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin, ResolvedConfig } from "vite";

const WORTH_BYTES = 1024;
const TEXT = /\.(js|css|html|svg|webmanifest)$/;

/** Writes a .br and a .gz beside each text file of the build, so that the server never compresses. */
export function precompress(): Plugin {
    let config: ResolvedConfig;
    return {
        name: "holdfast-precompress",
        apply: "build",
        enforce: "post",
        configResolved(resolved) {
            config = resolved;
        },
        closeBundle: {
            // After the service worker was written, which is text too.
            order: "post",
            sequential: true,
            async handler() {
                const folder = config.build.outDir;
                const root = resolve(config.root, folder);
                for (const name of await readdir(root, { recursive: true })) {
                    if (!TEXT.test(name)) continue;
                    const path = join(root, name);
                    const content = await readFile(path);
                    if (content.length < WORTH_BYTES) continue;
                    await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
                    const quality = { [constants.BROTLI_PARAM_QUALITY]: 10 };
                    await writeFile(`${path}.br`, brotliCompressSync(content, { params: quality }));
                }
            },
        },
    };
}
