-- A ledger as version 1 of the tables left it: two orders, one placed, one held.
BEGIN TRANSACTION;
CREATE TABLE attempt (
    id INTEGER NOT NULL,
    record_id INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    started_at VARCHAR(26) NOT NULL,
    ended_at VARCHAR(26) NOT NULL,
    outcome VARCHAR(255) NOT NULL,
    status INTEGER,
    error TEXT NOT NULL,
    fence INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(record_id) REFERENCES sync_record (id) ON DELETE CASCADE
);
INSERT INTO "attempt" VALUES(1,1,'send','2026-03-01T10:00:00.000000','2026-03-01T10:00:00.000000','placed 1',200,'',1);
CREATE TABLE history (
    id INTEGER NOT NULL,
    record_id INTEGER NOT NULL,
    at VARCHAR(26) NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(record_id) REFERENCES sync_record (id) ON DELETE CASCADE
);
INSERT INTO "history" VALUES(1,1,'2026-03-01T10:00:00.000000','placed','');
INSERT INTO "history" VALUES(2,2,'2026-03-01T10:00:00.000000','held','Held: MUG is not an item.');
CREATE TABLE look_cursor (
    connection VARCHAR(64) NOT NULL,
    looked_until VARCHAR(26) NOT NULL,
    PRIMARY KEY (connection)
);
INSERT INTO "look_cursor" VALUES('main','2026-03-01T10:00:00.000000');
CREATE TABLE order_lease (
    connection VARCHAR(64) NOT NULL,
    order_id VARCHAR(255) NOT NULL,
    fence INTEGER NOT NULL,
    owner VARCHAR(255) NOT NULL,
    lease_until VARCHAR(26),
    last_seen VARCHAR(26) NOT NULL,
    PRIMARY KEY (connection, order_id)
);
INSERT INTO "order_lease" VALUES('main','gid://shopify/Order/1',3,'host|boot|1|1',NULL,'2026-03-01T10:00:00.000000');
CREATE TABLE record_line (
    record_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    line_id VARCHAR(255) NOT NULL,
    sku VARCHAR(255) NOT NULL,
    ordered INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    outcome VARCHAR(16) NOT NULL,
    reason TEXT NOT NULL,
    supplier_sku VARCHAR(255) NOT NULL,
    PRIMARY KEY (record_id, position),
    FOREIGN KEY(record_id) REFERENCES sync_record (id) ON DELETE CASCADE
);
INSERT INTO "record_line" VALUES(1,0,'L1','B00760004',3,2,'bought','1 of 3 refunded','B00760004');
INSERT INTO "record_line" VALUES(1,1,'L2','B00760003',4,1,'short','1 of 4 bought','B00760003');
INSERT INTO "record_line" VALUES(1,2,'L3','GIFT',1,1,'excluded','gift card','');
INSERT INTO "record_line" VALUES(2,0,'L1','MUG',1,1,'held','MUG is not an item','');
CREATE TABLE schema_info (
    version INTEGER NOT NULL
);
INSERT INTO "schema_info" VALUES(1);
CREATE TABLE supplier_order (
    record_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    order_number VARCHAR(64) NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (record_id, position),
    FOREIGN KEY(record_id) REFERENCES sync_record (id) ON DELETE CASCADE
);
INSERT INTO "supplier_order" VALUES(1,0,'71000101','{"order_number": "71000101", "po_number": "DEMO-1001", "status": "in_progress", "warehouse": "IL", "raw_status": "", "lines": null, "tracking": [], "ordered_at": null, "total": null, "costs": {}, "found_by": "response", "fulfillment_id": "gid://shopify/Fulfillment/1"}');
CREATE TABLE sync_record (
    id INTEGER NOT NULL,
    connection VARCHAR(64) NOT NULL,
    order_id VARCHAR(255) NOT NULL,
    share VARCHAR(255) NOT NULL,
    mode VARCHAR(8) NOT NULL,
    order_name VARCHAR(255) NOT NULL,
    state VARCHAR(16) NOT NULL,
    supplier_account VARCHAR(255) NOT NULL,
    reason_code VARCHAR(64) NOT NULL,
    reason TEXT NOT NULL,
    next_action TEXT NOT NULL,
    po_number VARCHAR(64),
    sends INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at VARCHAR(26),
    intent_at VARCHAR(26),
    intent_body TEXT,
    doubt_since VARCHAR(26),
    absent_since VARCHAR(26),
    admitted BOOLEAN NOT NULL,
    released BOOLEAN NOT NULL,
    fulfillment_id VARCHAR(255) NOT NULL,
    shop_updated_at VARCHAR(26),
    created_at VARCHAR(26) NOT NULL,
    updated_at VARCHAR(26) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT one_record_per_share UNIQUE (connection, order_id, share, mode),
    CONSTRAINT one_record_per_po_number UNIQUE (supplier_account, po_number)
);
INSERT INTO "sync_record" VALUES(1,'main','gid://shopify/Order/1','order','live','#1001','placed','memory:12345','','','','DEMO-1001',1,0,'2026-03-01T10:00:00.000000','2026-03-01T10:00:00.000000','{"poNumber": "DEMO-1001"}',NULL,NULL,1,0,'','2026-03-01T10:00:00.000000','2026-03-01T10:00:00.000000','2026-03-01T10:00:00.000000');
INSERT INTO "sync_record" VALUES(2,'main','gid://shopify/Order/2','order','live','#1002','held','memory:12345','unknown_sku','Held: MUG is not an item.','Correct it.',NULL,0,0,NULL,NULL,NULL,NULL,NULL,1,0,'','2026-03-01T10:00:00.000000','2026-03-01T10:00:00.000000','2026-03-01T10:00:00.000000');
CREATE INDEX records_due ON sync_record (connection, due_at);
CREATE INDEX records_by_state ON sync_record (connection, state);
CREATE INDEX ix_supplier_order_order_number ON supplier_order (order_number);
CREATE INDEX ix_attempt_record_id ON attempt (record_id);
CREATE INDEX ix_history_record_id ON history (record_id);
COMMIT;
