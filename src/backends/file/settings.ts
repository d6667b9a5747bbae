/**
 * Settings of the file backend.
 */
import { absolutePath } from '../../common/absolute-path.ts';
import { integer, oneOf } from '../../settings/kinds/kinds.ts';
import { outputFile } from '../../settings/kinds/place-kinds.ts';
import { rotation } from '../../settings/kinds/value-kinds.ts';
import { section } from '../../settings/section.ts';
import { setting } from '../../settings/setting.ts';
import { bufferBytes, enabled, failover, level, MIB, rotationClock } from '../common-rows.ts';

export type FileSettings = ReturnType<typeof fileSection.resolve>;

export const fileSection = section({
  name: 'file',
  summary: 'Lines in a file that is rotated by time or size.',
  enabledIn: 'production',
  rows: {
    enabled: enabled('production'),
    level,
    failover,
    path: setting(
      outputFile,
      'Path of the file, relative to the working directory at configuration time. Missing directories are made.',
      {
        derived: 'logs/app.jsonl, or logs/app.log for the format text',
        variables: [{ name: 'HFT_LOG_FILE', starts: true }],
      },
    ),
    format: setting(oneOf(['json', 'text'] as const), 'Lines of JSON, or text for people.', { value: 'json' }),
    rotation: setting(rotation, 'When a new file is started.', { value: 'none', inProduction: 'daily' }),
    rotationClock: rotationClock('with daylight saving time, local midnight can come twice or late'),
    keep: setting(integer(0, 100_000, 'files'), 'Number of rotated files that are kept. 0 keeps all.', {
      value: 0,
      unit: 'files',
      origin: 'nothing is deleted unless you ask for it',
      atLimit: 'the oldest rotated files are deleted',
    }),
    bufferBytes: bufferBytes('disk', {
      value: 16 * MIB,
      origin: 'about 80,000 JSON lines: a disk that stalls for 0.8 s at 100,000 records/s',
      atLimit: 'records are dropped for the file only, and counted (queue_full)',
    }),
  },
  resolve(given, { enabled }) {
    const settled = given.settled();
    const path = settled.path ?? absolutePath(settled.format === 'text' ? 'logs/app.log' : 'logs/app.jsonl');
    return { ...settled, enabled, path };
  },
});
