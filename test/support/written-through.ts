/** What a caller writes to the audit file itself when its lane is full. */
import { EventLines } from '../../src/audit/event-lines.ts';
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import { allocateRun } from '../../src/memory/run.ts';
import type { Scope } from '../../src/record.ts';
import { NO_REDACTION } from '../../src/redaction/redaction.ts';
import { TEST_SCOPE } from './lane.ts';

/** The line of an audit event, parsed. */
export function writtenThrough(data: object, scope: Scope = TEST_SCOPE): Record<string, unknown> {
  const allocator = allocatorOf(SHARED_MEMORY);
  const lines = new EventLines(allocator, allocateRun(allocator, 'run'), NO_REDACTION, 'run');
  const event = { event: 'order_placed', data, scope };
  return JSON.parse(lines.writeLine(event, (line) => Buffer.from(line).toString()));
}
