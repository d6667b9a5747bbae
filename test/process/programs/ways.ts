/**
 * Ways a program ends. Each is told what logs one further record; `late` of them log it in a handler, so it must be delivered too.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { onExit } from 'signal-exit';
import type { Logging } from '../../../src/index.ts';

type Log = () => void;

const require = createRequire(import.meta.url);
/** The package's third version, which is as common as the fourth, is this function. */
const onExit3 = require('signal-exit-3') as typeof onExit;
/** As it is before ours. */
const { kill: killBefore } = process;

/** A copy that is loaded now. A copy calls what it has found when it was loaded. */
function loadAnew(name: string): unknown {
  delete require.cache[require.resolve(name)];
  return require(name);
}

const stayAlive = () => setInterval(() => {}, 1_000);

function kill(signal: NodeJS.Signals): void {
  stayAlive();
  process.kill(process.pid, signal);
}

const fail = (): never => {
  throw new Error('on purpose');
};

const nothing = () => {};
const exit = (code: number) => (): never => process.exit(code);
const later = (run: () => void) => () => void setImmediate(run);
const reject = () => void Promise.reject(new Error('on purpose'));

export interface Way {
  /** Exit code, or the signal that ends the process. */
  readonly ends: number | NodeJS.Signals;
  /** How many times it logs one more. Default 0. */
  readonly late?: number;
  readonly run: (logOne: Log, logging: Logging) => unknown;
}

/** Shuts the instance down, without waiting for it, and then does `then`. */
function shutsDownAnd(ends: Way['ends'], then: () => unknown): Way {
  const run = (_logOne: Log, logging: Logging) => {
    void logging.shutdown();
    return then();
  };
  return { ends, run };
}

/** Logs one more in a handler of `event`, which then does `then`; `cause` brings the event about. */
function logsOn(event: string, ends: Way['ends'], cause: () => void, then: () => void = nothing): Way {
  const run = (logOne: Log) => {
    process.on(event, () => {
      logOne();
      then();
    });
    cause();
  };
  return { ends, late: 1, run };
}

/** Logs one more where packages clean up that use signal-exit. They end the process only if no signal handler but theirs is there. */
function logsOnCleanUp(ends: Way['ends'], cause: () => void, addCleanUp = onExit): Way {
  const run = (logOne: Log) => {
    addCleanUp(logOne);
    cause();
  };
  return { ends, late: 1, run };
}

/** So many clean-ups that come last, and leave the list while they run: the fourth version calls every second one of these only. */
function cleanUpsLeave(ends: Way['ends'], count: number, cause: () => void, addCleanUp = onExit): Way {
  const run = (logOne: Log) => {
    for (let i = 0; i < count; i++) {
      const remove = addCleanUp(
        () => {
          logOne();
          remove();
        },
        { alwaysLast: true },
      );
    }
    cause();
  };
  return { ends, late: addCleanUp === onExit ? Math.ceil(count / 2) : count, run };
}

const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2', 'SIGXCPU', 'SIGALRM', 'SIGVTALRM', 'SIGPWR', 'SIGIO'] as const;

export const WAYS: Readonly<Record<string, Way>> = {
  end: { ends: 0, run: nothing },
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
  rejection: { ends: 1, run: reject },
  'an await that never settles': { ends: 13, run: () => new Promise(() => {}) },
  'uncaughtException handled': logsOn('uncaughtException', 0, later(fail)),
  'uncaughtException handler that exits': logsOn('uncaughtException', 4, later(fail), exit(4)),
  'uncaughtException handler that throws': logsOn('uncaughtException', 7, later(fail), fail),
  'uncaughtExceptionMonitor that throws': logsOn('uncaughtExceptionMonitor', 7, later(fail), fail),
  'unhandledRejection handler that exits': logsOn('unhandledRejection', 5, reject, exit(5)),
  'unhandledRejection handler that throws': logsOn('unhandledRejection', 1, reject, fail),
  'exit handler that logs': logsOn('exit', 0, nothing),
  'exit handler that logs and exits': logsOn('exit', 9, nothing, exit(9)),
  'exit handler that logs and throws': logsOn('exit', 1, nothing, fail),
  'exit handlers, one in front of ours that exits': {
    ends: 9,
    late: 1,
    run: (logOne) => {
      process.prependListener('exit', () => {
        logOne();
        process.exit(9);
      });
      process.on('exit', fail);
    },
  },
  'process.exit, and an exit handler that exits again': logsOn('exit', 9, exit(2), exit(9)),
  'throw, and an exit handler that exits': logsOn('exit', 9, fail, exit(9)),
  'end, with exit’s handlers removed': { ends: 0, run: () => process.removeAllListeners('exit') },
  'SIGTERM from outside, handlers removed': {
    ends: 'SIGTERM',
    run: () => {
      stayAlive();
      process.removeAllListeners('SIGTERM');
      setImmediate(() => spawn('kill', ['-TERM', `${process.pid}`]));
    },
  },
  'beforeExit handler that logs': { ends: 0, late: 1, run: (logOne) => void process.once('beforeExit', logOne) },
  'beforeExit handler that exits': logsOn('beforeExit', 6, nothing, exit(6)),
  ...Object.fromEntries(signals.map((signal) => [signal, { ends: signal, run: () => kill(signal) }])),
  'SIGTERM, where process.kill is again what it was before': {
    ends: 'SIGTERM',
    run: () => {
      process.kill = killBefore;
      kill('SIGTERM');
    },
  },
  'SIGTERM, sent by itself as the last thing': { ends: 'SIGTERM', run: () => process.kill(process.pid) },
  'SIGINT, sent by its number as the last thing': { ends: 'SIGINT', run: () => process.kill(process.pid, 2) },
  'SIGUSR2, sent by itself, which leaves no time to log': {
    ends: 'SIGUSR2',
    run: (logOne) => {
      process.kill(process.pid, 'SIGUSR2');
      logOne();
    },
  },
  'SIGTERM, handled once and sent again as the last thing': {
    ends: 'SIGTERM',
    late: 1,
    run: (logOne) => {
      const timer = stayAlive();
      process.once('SIGTERM', () => {
        clearInterval(timer);
        logOne();
        process.kill(process.pid, 'SIGTERM');
      });
      process.kill(process.pid, 'SIGTERM');
    },
  },
  'SIGHUP without a terminal, handled once and sent again': {
    ends: 'SIGHUP',
    late: 1,
    run: (logOne) => {
      process.once('SIGHUP', () => {
        logOne();
        process.kill(process.pid, 'SIGHUP');
      });
      kill('SIGHUP');
    },
  },
  'end, with signal-exit': logsOnCleanUp(0, nothing),
  'end, with signal-exit 3': logsOnCleanUp(0, nothing, onExit3),
  'process.exit, with signal-exit': logsOnCleanUp(7, exit(7)),
  'process.exit, with signal-exit 3': logsOnCleanUp(7, exit(7), onExit3),
  'throw, with signal-exit': logsOnCleanUp(1, fail),
  'throw, with signal-exit 3': logsOnCleanUp(1, fail, onExit3),
  'SIGTERM, with signal-exit': logsOnCleanUp('SIGTERM', () => kill('SIGTERM')),
  'SIGTERM, with signal-exit 3': logsOnCleanUp('SIGTERM', () => kill('SIGTERM'), onExit3),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((count) => [
      [`end, with signal-exit: ${count} that leave`, cleanUpsLeave(0, count, nothing)],
      [`end, with signal-exit 3: ${count} that leave`, cleanUpsLeave(0, count, nothing, onExit3)],
    ]),
  ),
  'process.exit, with signal-exit: 3 that leave': cleanUpsLeave(7, 3, exit(7)),
  'SIGTERM, with signal-exit: 3 that leave': cleanUpsLeave('SIGTERM', 3, () => kill('SIGTERM')),
  'end, with signal-exit: one removes 3': {
    ends: 0,
    late: 3,
    run: (logOne) => {
      const last = () => {
        logOne();
        for (const remove of removals) remove();
      };
      const removals = [logOne, logOne, last].map((cleanUp) => onExit(cleanUp, { alwaysLast: true }));
    },
  },
  'SIGTERM, with both versions of signal-exit': {
    ends: 'SIGTERM',
    late: 2,
    run: (logOne) => {
      onExit(logOne);
      onExit3(logOne);
      kill('SIGTERM');
    },
  },
  // Loaded in this order, the fourth version puts the third one's clean-ups out of use.
  'end, with both versions of signal-exit': {
    ends: 0,
    late: 1,
    run: (logOne) => {
      onExit3(fail);
      onExit(logOne);
    },
  },
  'end, with both versions of signal-exit, the third one last': {
    ends: 0,
    late: 1,
    run: (logOne) => {
      onExit(fail);
      onExit3(logOne);
    },
  },
  'end, with signal-exit inside of version 3': {
    ends: 0,
    late: 2,
    run: (logOne) => {
      onExit(logOne);
      (loadAnew('signal-exit-3') as typeof onExit)(logOne);
    },
  },
  'end, with version 3 inside of signal-exit': {
    ends: 0,
    late: 2,
    run: (logOne) => {
      onExit3(logOne);
      (loadAnew('signal-exit') as { onExit: typeof onExit }).onExit(logOne);
    },
  },
  'exit handler that logs and exits, with signal-exit': {
    ends: 9,
    late: 2,
    run: (logOne) => {
      onExit(logOne);
      process.on('exit', () => {
        logOne();
        process.exit(9);
      });
    },
  },
  'exit handler that logs and exits, behind a clean-up of signal-exit that was removed': logsOn(
    'exit',
    9,
    () => onExit(fail)(),
    exit(9),
  ),
  'process.exit and an exit handler in one call, with signal-exit': {
    ends: 7,
    late: 2,
    run: (logOne) => {
      onExit(logOne);
      process.on('exit', logOne);
      process.exit(7);
    },
  },
  'SIGINT, with signal-exit, and handled': {
    ends: 3,
    late: 2,
    run: (logOne) => {
      onExit(logOne);
      process.on('SIGINT', () => {
        logOne();
        setTimeout(() => process.exit(3), 5);
      });
      kill('SIGINT');
    },
  },
  'shutdown, awaited': { ends: 0, run: (_, logging) => logging.shutdown() },
  'shutdown, behind a flush that nobody awaits': {
    ends: 0,
    run: (_, logging) => {
      void logging.flush();
      return logging.shutdown();
    },
  },
  'shutdown, and the end': shutsDownAnd(0, nothing),
  'shutdown, and process.exit': shutsDownAnd(7, exit(7)),
  'shutdown, and process.exit in a microtask': shutsDownAnd(7, () => queueMicrotask(exit(7))),
  'shutdown, and process.exit in nextTick': shutsDownAnd(7, () => process.nextTick(exit(7))),
  'shutdown, and process.exit in setImmediate': shutsDownAnd(7, later(exit(7))),
  'shutdown, and process.exit in a timer': shutsDownAnd(7, () => setTimeout(exit(7), 5)),
  'shutdown, and process.reallyExit': shutsDownAnd(8, () =>
    (process as unknown as { reallyExit(code: number): void }).reallyExit(8),
  ),
  'shutdown, and a throw': shutsDownAnd(1, fail),
  'shutdown, and SIGTERM': shutsDownAnd('SIGTERM', () => kill('SIGTERM')),
  'shutdown in a handler of SIGTERM, that exits behind it': {
    ends: 3,
    late: 1,
    run: (logOne, logging) => {
      process.on('SIGTERM', async () => {
        logOne();
        await logging.shutdown();
        process.exit(3);
      });
      kill('SIGTERM');
    },
  },
  'SIGTERM, handled': logsOn('SIGTERM', 3, () => kill('SIGTERM'), exit(3)),
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
  'SIGINT, handled by a throw': logsOn('SIGINT', 1, () => kill('SIGINT'), fail),
};
