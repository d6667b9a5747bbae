/**
 * Processes of one service on one host that are configured with the same port: one of them listens on it, and its page holds the lines of all, so that a
 * scrape sees every worker of a `node:cluster` (pm2's cluster mode is one).
 *
 * They meet in a folder that only their user can enter, named after address and service. Each process answers its own page on Unix sockets there, one for each format; the one that
 * has the port also answers on `leader.sock`, where the others wait with an open connection for its end: then one of them takes the port over.
 *
 *   new Peers({ host, port, service, page })
 *   await peers.join(onLeaderGone)     this process has not got the port: true when the one that has it is a peer
 *   await peers.lead()                 this process has got the port
 *   await peers.pages(format)          the pages of the others
 *   peers.close()
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Deadline, TIMED_OUT } from '../../time/deadline.ts';
import { PAGE_FORMATS, type PageFormat } from './formats.ts';

/** A page of 10,000 series takes 15 ms, and a process that is busy with something else some more. Prometheus itself gives a scrape 10 s. */
const PEER_TIMEOUT_MILLIS = 2_000;

/** Longest path of a Unix socket on macOS, the shortest of all systems, less the end. */
const MAX_SOCKET_PATH = 103;

const LEADER = 'leader.sock';

export interface PeersOptions {
  readonly host: string;
  readonly port: number;
  /** Only processes of the same service share a page. */
  readonly service: string;
  /** This process's own page, with its label. */
  readonly page: (format: PageFormat) => Promise<string>;
}

export class Peers {
  readonly #folder: string;
  readonly #page: (format: PageFormat) => Promise<string>;
  readonly #ownName = `${process.pid}-${createHash('sha256').update(`${Math.random()}`).digest('hex').slice(0, 8)}`;
  readonly #servers: Server[] = [];
  /** Connections of processes that wait for this one's end, or read its page. */
  readonly #waiting = new Set<Socket>();
  #answersOwn: Promise<unknown> | undefined;
  #leader: Socket | undefined;
  #isClosed = false;

  constructor({ host, port, service, page }: PeersOptions) {
    const id = createHash('sha256').update(`${host}\0${service}`).digest('hex').slice(0, 12);
    this.#folder = join(tmpdir(), `hft-otel-${userInfo().uid}`, `${port}-${id}`);
    this.#page = page;
  }

  /**
   * Serves this process's page to the leader, if the process that has the port is a peer. `onLeaderGone` is called once, when it has ended. False: another
   * program has the port, or there can be no sockets here (Windows, a folder that is not this user's own, too long a path).
   */
  async join(onLeaderGone: () => void): Promise<boolean> {
    if (!this.#canMeet()) return false;
    const leader = await connect(join(this.#folder, LEADER));
    if (leader === undefined) return false;
    this.#leader = leader.unref();
    leader.on('close', () => {
      if (this.#leader !== leader) return;
      this.#leader = undefined;
      if (!this.#isClosed) onLeaderGone();
    });
    this.#answersOwn ??= Promise.all(
      PAGE_FORMATS.map((format) =>
        this.#answerOn(this.#ownName + endOf(format), async (socket) => {
          socket.end(await this.#page(format));
        }),
      ),
    );
    await this.#answersOwn;
    return true;
  }

  /** Accepts connections of peers that wait. Does nothing where peers cannot connect. */
  async lead(): Promise<void> {
    if (!this.#canMeet()) return;
    const leader = this.#leader;
    this.#leader = undefined;
    leader?.destroy();
    // The socket of an earlier leader, which no longer has the port.
    rmSync(join(this.#folder, LEADER), { force: true });
    await this.#answerOn(LEADER, (socket) => {
      socket.resume();
    });
  }

  /** The other processes' pages, and how many of them did not answer in time. */
  async pages(format: PageFormat): Promise<{ readonly pages: readonly string[]; readonly silent: number }> {
    const answers = await Promise.all(this.#others(format).map((name) => this.#pageOf(join(this.#folder, name))));
    return {
      pages: answers.filter((answer) => answer !== undefined && answer !== TIMED_OUT),
      silent: answers.filter((answer) => answer === TIMED_OUT).length,
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#leader?.destroy();
    for (const server of this.#servers) server.close();
    for (const socket of this.#waiting) socket.destroy();
  }

  #others(format: PageFormat): string[] {
    try {
      return readdirSync(this.#folder).filter((name) => name.endsWith(endOf(format)) && !name.startsWith(this.#ownName));
    } catch {
      return [];
    }
  }

  /** Undefined: its process has ended, and its socket is removed. */
  async #pageOf(path: string): Promise<string | undefined | typeof TIMED_OUT> {
    const socket = await connect(path);
    if (socket === undefined) {
      // A process that starts has made its socket and does not listen on it for a moment: only what a dead one has left is cleared away.
      if (!isRunning(Number.parseInt(basename(path), 10))) rmSync(path, { force: true });
      return undefined;
    }
    const page = await Deadline.in(PEER_TIMEOUT_MILLIS).race(
      text(socket).catch(() => undefined),
      'unref',
    );
    socket.destroy();
    return page;
  }

  async #answerOn(name: string, answer: (socket: Socket) => void | Promise<void>): Promise<void> {
    const server = createServer((socket) => {
      this.#waiting.add(socket.unref());
      socket.on('error', () => {}).on('close', () => this.#waiting.delete(socket));
      void Promise.resolve(answer(socket)).catch(() => socket.destroy());
    });
    server.on('error', () => {});
    this.#servers.push(server.unref());
    await new Promise<void>((resolve) => {
      server.once('error', () => resolve());
      server.listen(join(this.#folder, name), resolve);
    });
  }

  /** Whether there is a folder that only this user can enter. */
  #canMeet(): boolean {
    if (process.platform === 'win32' || join(this.#folder, this.#ownName + endOf('openmetrics')).length > MAX_SOCKET_PATH)
      return false;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      return [join(this.#folder, '..'), this.#folder].every((folder) => {
        const { uid, mode } = lstatSync(folder);
        return lstatSync(folder).isDirectory() && uid === userInfo().uid && (mode & 0o077) === 0;
      });
    } catch {
      return false;
    }
  }
}

/** Of the socket that answers a page of this format. */
function endOf(format: PageFormat): string {
  return `.${format}.sock`;
}

/** Undefined: no process answers there. */
function connect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is one, of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
