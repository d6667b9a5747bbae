/**
 * Warns once that an audit event goes nowhere. An audit trail that nobody keeps is a fault of the configuration, and without the warning it would be
 * noticed only when the trail is asked for.
 */
export function lostAuditTeller(say: (message: string) => void): (loggerName: string) => void {
  let hasWarned = false;
  return (loggerName) => {
    if (hasWarned) return;
    hasWarned = true;
    say(
      `Audit events of the logger ${JSON.stringify(loggerName)} go nowhere: no backend takes them. Enable backends.audit, give OTLP an ` +
        "endpoint, or, if that is meant, add a route: { when: { type: 'audit' }, to: [] }.",
    );
  };
}
