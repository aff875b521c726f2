-- +goose Up
-- Several processes write, and a lower seq may be committed after a higher one:
-- what has no leaf yet is kept by name, written by the event's own transaction.
CREATE TABLE unsequenced (seq BIGINT PRIMARY KEY);
-- +goose StatementBegin
CREATE FUNCTION event_unsequenced() RETURNS trigger AS $$
BEGIN
    INSERT INTO unsequenced (seq) VALUES (NEW.seq);
    RETURN NULL;
END
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER event_unsequenced AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION event_unsequenced();
