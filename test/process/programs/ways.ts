/**
 * Ways a program ends. Each is told what logs one further record; `late` of them log it in a handler, so it must be delivered too.
 */
type Log = () => void;

const stayAlive = () => setInterval(() => {}, 1_000);

function kill(signal: NodeJS.Signals): void {
  stayAlive();
  process.kill(process.pid, signal);
}

const fail = (): never => {
  throw new Error('on purpose');
};

export interface Way {
  /** Exit code, or the signal that ends the process. */
  readonly ends: number | NodeJS.Signals;
  /** How many times it logs one more. Default 0. */
  readonly late?: number;
  readonly run: (logOne: Log) => unknown;
}

const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2', 'SIGXCPU', 'SIGALRM', 'SIGVTALRM', 'SIGPWR', 'SIGIO'] as const;

export const WAYS: Readonly<Record<string, Way>> = {
  end: { ends: 0, run: () => {} },
  'an exit code, and the end': { ends: 3, run: () => (process.exitCode = 3) },
  'process.exit': { ends: 7, run: () => process.exit(7) },
  'process.exit in a microtask': { ends: 7, run: () => queueMicrotask(() => process.exit(7)) },
  'process.exit in nextTick': { ends: 7, run: () => process.nextTick(() => process.exit(7)) },
  'process.exit in setImmediate': { ends: 7, run: () => setImmediate(() => process.exit(7)) },
  'process.exit in a promise': { ends: 7, run: () => Promise.resolve().then(() => process.exit(7)) },
  'process.exit in a timer': { ends: 7, run: () => setTimeout(() => process.exit(7), 5) },
  'process.reallyExit': { ends: 8, run: () => (process as unknown as { reallyExit(code: number): void }).reallyExit(8) },
  throw: { ends: 1, run: fail },
  'throw in a timer': { ends: 1, run: () => setTimeout(fail, 1) },
  'throw in a microtask': { ends: 1, run: () => queueMicrotask(fail) },
  'throw of no error': {
    ends: 1,
    run: () => {
      throw null;
    },
  },
  rejection: { ends: 1, run: () => void Promise.reject(new Error('on purpose')) },
  'an await that never settles': { ends: 13, run: () => new Promise(() => {}) },
  'uncaughtException handled': {
    ends: 0,
    late: 1,
    run: (logOne) => {
      process.on('uncaughtException', logOne);
      setImmediate(fail);
    },
  },
  'uncaughtException handler that exits': {
    ends: 4,
    late: 1,
    run: (logOne) => {
      process.on('uncaughtException', () => {
        logOne();
        process.exit(4);
      });
      setImmediate(fail);
    },
  },
  'uncaughtException handler that throws': {
    ends: 7,
    late: 1,
    run: (logOne) => {
      process.on('uncaughtException', () => {
        logOne();
        fail();
      });
      setImmediate(fail);
    },
  },
  'uncaughtExceptionMonitor that throws': {
    ends: 7,
    late: 1,
    run: (logOne) => {
      process.on('uncaughtExceptionMonitor', () => {
        logOne();
        fail();
      });
      setImmediate(fail);
    },
  },
  'unhandledRejection handler that exits': {
    ends: 5,
    late: 1,
    run: (logOne) => {
      process.on('unhandledRejection', () => {
        logOne();
        process.exit(5);
      });
      void Promise.reject(new Error('on purpose'));
    },
  },
  'unhandledRejection handler that throws': {
    ends: 1,
    late: 1,
    run: (logOne) => {
      process.on('unhandledRejection', () => {
        logOne();
        fail();
      });
      void Promise.reject(new Error('on purpose'));
    },
  },
  'exit handler that logs': { ends: 0, late: 1, run: (logOne) => void process.on('exit', logOne) },
  'exit handler that logs and exits': {
    ends: 9,
    late: 1,
    run: (logOne) => {
      process.on('exit', () => {
        logOne();
        process.exit(9);
      });
    },
  },
  'exit handler that logs and throws': {
    ends: 1,
    late: 1,
    run: (logOne) => {
      process.on('exit', () => {
        logOne();
        fail();
      });
    },
  },
  'exit handlers, one in front of ours that exits': {
    ends: 9,
    late: 1,
    run: (logOne) => {
      process.prependListener('exit', () => {
        logOne();
        process.exit(9);
      });
      process.on('exit', () => fail());
    },
  },
  'process.exit, and an exit handler that exits again': {
    ends: 9,
    late: 1,
    run: (logOne) => {
      process.on('exit', () => {
        logOne();
        process.exit(9);
      });
      process.exit(2);
    },
  },
  'throw, and an exit handler that exits': {
    ends: 9,
    late: 1,
    run: (logOne) => {
      process.on('exit', () => {
        logOne();
        process.exit(9);
      });
      fail();
    },
  },
  'beforeExit handler that logs': { ends: 0, late: 1, run: (logOne) => void process.once('beforeExit', logOne) },
  'beforeExit handler that exits': {
    ends: 6,
    late: 1,
    run: (logOne) => {
      process.once('beforeExit', () => {
        logOne();
        process.exit(6);
      });
    },
  },
  ...Object.fromEntries(signals.map((signal) => [signal, { ends: signal, run: () => kill(signal) }])),
  'SIGTERM, handled': {
    ends: 3,
    late: 1,
    run: (logOne) => {
      process.on('SIGTERM', () => {
        logOne();
        process.exit(3);
      });
      kill('SIGTERM');
    },
  },
  'SIGUSR2, handled once and sent again': {
    ends: 'SIGUSR2',
    late: 1,
    run: (logOne) => {
      process.once('SIGUSR2', () => {
        logOne();
        process.kill(process.pid, 'SIGUSR2');
      });
      kill('SIGUSR2');
    },
  },
  'SIGINT, handled by a throw': {
    ends: 1,
    late: 1,
    run: (logOne) => {
      process.on('SIGINT', () => {
        logOne();
        fail();
      });
      kill('SIGINT');
    },
  },
};
