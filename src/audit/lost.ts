/**
 * Says aloud, once, that an audit event goes nowhere: an audit trail that nobody keeps is a fault of the configuration, and who does not look at
 * `health()` would find out when the trail is asked for.
 */
export function lostAuditTeller(say: (message: string) => void): (loggerName: string) => void {
  let hasSaid = false;
  return (loggerName) => {
    if (hasSaid) return;
    hasSaid = true;
    say(
      `Audit events of the logger ${JSON.stringify(loggerName)} go nowhere: no backend takes them. Enable backends.audit, give OTLP an ` +
        "endpoint, or, if that is meant, say so by a route: { when: { type: 'audit' }, to: [] }.",
    );
  };
}
