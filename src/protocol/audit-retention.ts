// How long the audit trail keeps a record. Users read it on the page that deletes their account (BR07).

/** Seconds. */
export const auditRetention = 400 * 86_400
