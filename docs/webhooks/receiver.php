<?php
// Receives webhooks of Holdfast. Needs nothing but PHP.
//
//     WEBHOOK_SECRET=whsec_... php -S 127.0.0.1:9000 receiver.php

const TOLERANCE_SECONDS = 300;

function is_signed(string $key, string $body): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        return false;
    }
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
}

$key = base64_decode(preg_replace('/^whsec_/', '', getenv('WEBHOOK_SECRET')));
$body = file_get_contents('php://input');
if (!is_signed($key, $body)) {
    http_response_code(401);
    exit;
}
http_response_code(204);
// In real life: a table of the ids that were seen, written together with what the event does.
$seen = sys_get_temp_dir() . '/holdfast-' . getmypid() . '-' . md5($_SERVER['HTTP_WEBHOOK_ID']);
if (@fopen($seen, 'x') === false) {
    exit;
}
$event = json_decode($body, true);
file_put_contents('php://stdout', "{$event['type']} {$event['id']} {$event['data']['version']}\n");
