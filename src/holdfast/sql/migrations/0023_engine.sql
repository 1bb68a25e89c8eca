-- What the delivery engine needs besides (docs/deliveries.md).

-- Tighter: what waits for nobody's answer has no lease, and what is not sent has no time of sending.
ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check CHECK (
    (worker IS NULL) = (state <> 'sending') AND (lease_until IS NULL) = (state <> 'sending')
    AND (settled_at IS NULL) = (state IN ('pending', 'sending', 'uncertain'))
    AND (sent_at IS NULL) = (state NOT IN ('sent', 'delivered', 'bounced'))
    AND (state <> 'sending' OR claimed_at IS NOT NULL)
    AND (state <> 'pending' OR handed_over_at IS NULL)
    AND (state <> 'uncertain' OR handed_over_at IS NOT NULL)
    AND state IN ('pending', 'sending', 'uncertain', 'sent', 'delivered', 'bounced', 'dead',
                  'superseded', 'expired', 'suppressed'));

-- Retention: what was settled first goes first.
CREATE INDEX deliveries_settled_idx ON deliveries (settled_at) WHERE settled_at IS NOT NULL;

-- Of how many gaps the log has been told.
ALTER TABLE consumers ADD COLUMN gaps_told bigint NOT NULL DEFAULT 0;
