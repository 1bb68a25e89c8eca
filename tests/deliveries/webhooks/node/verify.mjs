// Verifies requests with the `standardwebhooks` package: lines of {secret, headers, body} in, lines out.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ event: new Webhook(secret).verify(body, headers) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }
}
