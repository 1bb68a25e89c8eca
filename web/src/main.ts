import { painted, turn } from "~/lib/turns";
import "~/app/styles.css";

// In one piece, what follows would keep a phone from painting and from taking a tap for half a
// second. Its files are on their way already: index.html names them.
await painted();
await import("react-dom/client");
await turn();
const { start } = await import("~/app/start");
await turn();
start();
