import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";
import { firstFiles, preloadFirstFiles } from "./plugins/firstFiles";
import { pageText } from "./plugins/pageText";
import { precompress } from "./plugins/precompress";

const server = process.env.HOLDFAST_DEV_SERVER ?? "http://127.0.0.1:8088";

export default defineConfig({
    plugins: [
        react(),
        tailwindcss(),
        VitePWA({
            // The page registers it itself: an inline script would need a hole in the CSP.
            injectRegister: false,
            registerType: "prompt",
            // Manifest and icons lie in public/. Only the shell is kept: answers of the API carry
            // personal data and are none of the service worker's business.
            manifest: false,
            workbox: {
                globPatterns: ["**/*.{js,css,html,svg,png,woff2}"],
                globIgnores: ["**/figtree-latin-ext*"],
                navigateFallback: "/index.html",
                navigateFallbackDenylist: [/^\/(api|u|socket\.io|health|metrics)(\/|$)/],
                // Shows push messages.
                importScripts: ["/push-worker.js"],
                cleanupOutdatedCaches: true,
                // From the first visit on: a screen that was not opened yet opens offline, too.
                clientsClaim: true,
            },
        }),
        pageText(),
        preloadFirstFiles(),
        precompress(),
    ],
    resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
    build: {
        outDir: process.env.HOLDFAST_WEB_OUT ?? "../src/holdfast/web_dist",
        emptyOutDir: true,
        target: "es2022",
        assetsInlineLimit: 0,
        chunkSizeWarningLimit: 700,
        rolldownOptions: {
            output: { codeSplitting: { groups: firstFiles } },
        },
    },
    server: {
        proxy: {
            "/api": server,
            "/health": server,
            "/u/": server,
            "/socket.io": { target: server, ws: true },
        },
    },
    test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
