/** The same check in four languages; each raises or answers false for what was not sent from here. */
export const LANGUAGES = {
    Python: `# pip install standardwebhooks
from standardwebhooks import Webhook, WebhookVerificationError

def is_from_holdfast(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except (WebhookVerificationError, ValueError):
        return False
    return True
`,
    JavaScript: `// npm install standardwebhooks
import { Webhook } from "standardwebhooks";

export function isFromHoldfast(secret, body, headers) {
    try {
        new Webhook(secret).verify(body, headers);
        return true;
    } catch {
        return false;
    }
}
`,
    Go: `package receive

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func IsFromHoldfast(secret string, body []byte, h http.Header) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	at, timeErr := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil || timeErr != nil || time.Since(time.Unix(at, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "."))
	mac.Write(body)
	wanted := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, given := range strings.Fields(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(given), []byte(wanted)) {
			return true
		}
	}
	return false
}
`,
    PHP: `<?php

function is_from_holdfast(string $secret, string $body, array $headers): bool
{
    $key = base64_decode(substr($secret, strlen('whsec_')), true);
    $at = $headers['webhook-timestamp'] ?? '';
    if ($key === false || !ctype_digit($at) || abs(time() - (int) $at) > 300) {
        return false;
    }
    $signed = ($headers['webhook-id'] ?? '') . '.' . $at . '.' . $body;
    $wanted = 'v1,' . base64_encode(hash_hmac('sha256', $signed, $key, true));
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $given) {
        if (hash_equals($wanted, $given)) {
            return true;
        }
    }
    return false;
}
`,
} as const;
export type Language = keyof typeof LANGUAGES;
