/** Makes instances whose memory is refused, and then one that logs. Prints why each was refused. */
import { createLogging } from '../../../src/index.ts';

const Shared = globalThis.SharedArrayBuffer;
const config = {
  environment: 'test',
  backends: { memory: { enabled: true }, prometheus: { enabled: true, port: 0 } },
} as const;

globalThis.SharedArrayBuffer = class extends Shared {
  constructor(bytes: number) {
    if (bytes > 65_536) throw new RangeError('Array buffer allocation failed');
    super(bytes);
  }
} as SharedArrayBufferConstructor;
for (let i = 0; i < 3; i++) {
  try {
    createLogging(config);
  } catch (error) {
    console.log(String(error));
  }
}
globalThis.SharedArrayBuffer = Shared;

const logging = createLogging(config);
await logging.ready;
logging.getLogger('after').info('it logs');
await logging.flush();
console.log(logging.memory.map(({ body }) => body).join());
await logging.shutdown();
