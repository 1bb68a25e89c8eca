"""Failure reports as real mail servers write them (RFC 3464, and what came before it)."""

from email.message import EmailMessage

POSTFIX = """\
Return-Path: <>
Received: by mx.example.net (Postfix) id 4F1C21B9; Mon, 1 Mar 2027 10:00:04 +0000 (UTC)
Date: Mon, 1 Mar 2027 10:00:04 +0000 (UTC)
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/1"
Message-Id: <20270301100004.4F1C21B9@mx.example.net>

--B/1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{address}>: host mail.example.org[192.0.2.1] said: {code} {status}
    <{address}>: Recipient address rejected (in reply to RCPT TO command)

--B/1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4F1C21B9
Arrival-Date: Mon, 1 Mar 2027 10:00:01 +0000 (UTC)

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; {code} {status} <{address}>: Recipient address rejected

--B/1
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: Desk <desk@clinic.example>
To: {address}
Subject: Confirmed

Hello

--B/1--
"""

EXCHANGE = """\
From: <postmaster@example.org>
To: {to}
Date: Mon, 1 Mar 2027 10:00:04 +0000
Content-Type: multipart/report; report-type=delivery-status; boundary="x-ms"
Subject: Undeliverable: Confirmed
MIME-Version: 1.0

--x-ms
Content-Type: text/html; charset="utf-8"

<html><body>Your message to {address} couldn't be delivered.</body></html>

--x-ms
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01.prod.exchangelabs.com
Received-From-MTA: dns;mx.example.net
Arrival-Date: Mon, 1 Mar 2027 10:00:01 +0000

Final-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp;550 {status} RESOLVER.ADR.RecipNotFound; not found

--x-ms
Content-Type: text/rfc822-headers

To: {address}
Subject: Confirmed

--x-ms--
"""

QMAIL = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.net
To: {to}
Subject: failure notice
Date: 1 Mar 2027 10:00:04 -0000

Hi. This is the qmail-send program at mail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
192.0.2.1 does not like recipient.
Remote host said: 550 no such user
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <desk@clinic.example>
Subject: Confirmed

Hello
"""

EXIM = """\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mail.example.net>
To: {to}
X-Failed-Recipients: {address}
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender
Date: Mon, 01 Mar 2027 10:00:04 +0000

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {address}
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

Subject: Confirmed

Hello
"""

HOLIDAY = """\
From: Kim <{address}>
To: {to}
Subject: Automatic reply: Confirmed
Auto-Submitted: auto-replied
Date: Mon, 01 Mar 2027 10:00:04 +0000
Content-Type: text/plain

I am away until Thursday.
"""

SHAPES = {"postfix": POSTFIX, "exchange": EXCHANGE, "qmail": QMAIL, "exim": EXIM}


def report(
    shape: str, to: str, address: str, *, status: str = "5.1.1", action: str = "failed"
) -> bytes:
    """The raw report that `address` could not be reached, sent to the envelope sender `to`."""
    code = "550" if status.startswith("5") else "450"
    written = shape.format(to=to, address=address, status=status, action=action, code=code)
    return written.replace("\n", "\r\n").encode()


def plain(to: str) -> bytes:
    message = EmailMessage()
    message["To"] = to
    message.set_content("Hello?")
    return message.as_bytes()
