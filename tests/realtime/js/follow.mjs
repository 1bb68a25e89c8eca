// Follows channels with the stock client: `node follow.mjs URL TOKEN CHANNEL...`.
// Each acknowledgement and each event is one line of JSON on standard output.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, token, ...channels] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));

const socket = io(url, { auth: { token } });
socket.on("connect", () => {
  for (const channel of channels) {
    socket.emit("subscribe", { channel, since: 0 }, (ack) => say({ ack }));
  }
});
socket.io.engine.on("upgrade", (transport) => say({ upgrade: transport.name }));
socket.on("connect_error", (error) => say({ refused: error.message }));
socket.on("disconnect", (reason) => say({ disconnected: reason }));
socket.onAny((event, data) => say({ event, data }));

// What is to be sent comes as lines of JSON, [event, data], on standard input.
for await (const line of createInterface({ input: process.stdin })) {
  socket.emit(...JSON.parse(line), (ack) => say({ ack }));
}
socket.disconnect();
