// Follows private channels with the stock Pusher client:
// `node pusher.mjs HOST PORT KEY AUTH-URL TOKEN CHANNEL...`.
import Pusher from "pusher-js";

const [host, port, key, endpoint, token, ...channels] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));

const pusher = new Pusher(key, {
  cluster: "",
  wsHost: host,
  wsPort: Number(port),
  forceTLS: false,
  enabledTransports: ["ws"],
  channelAuthorization: { endpoint, headers: { Authorization: `Bearer ${token}` } },
});
for (const name of channels) {
  const channel = pusher.subscribe(`private-${name}`);
  channel.bind("pusher:subscription_succeeded", () => say({ joined: name }));
  channel.bind("pusher:subscription_error", ({ status }) => say({ refused: name, status }));
  channel.bind_global((event, data) => {
    if (!event.startsWith("pusher:")) say({ event, data });
  });
}
