-- The life of the server in which an epoch was opened. NULL: before this step, or by a program that does not know it. Such programs alone look at
-- `opened_xid`.
ALTER TABLE feed_epochs ADD COLUMN server_started_at timestamptz;
