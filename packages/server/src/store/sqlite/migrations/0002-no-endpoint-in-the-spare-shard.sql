-- Endpoints are hashed into all shards but the last, which loops leave free so that a newcomer is seen. Where the hash had reached it, any other shard will do.
UPDATE subscriptions SET endpoint_shard = 254 WHERE endpoint_shard = 255;
