/**
 * Processes of one service on one host that are configured with the same port: one of them listens on it, and answers for all, so that a
 * scrape sees every worker of a `node:cluster` (pm2's cluster mode is one).
 *
 * They meet in a folder that only their user can enter, named after address and service. Each process answers for itself on a Unix socket there; the one that
 * has the port also answers on `leader.sock`, where the others wait with an open connection for its end: then one of them takes the port over. Over the same
 * connection a process that ends sends its last answer.
 *
 *   new Peers({ host, port, service, answer })
 *   await peers.announce()             before the port is asked for
 *   await peers.join(onLeaderGone)     this process has not got the port: true when the one that has it is a peer
 *   await peers.lead(onLast)           this process has got the port
 *   await peers.answers()              the answers of the others
 *   await peers.close()
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makeDirectoriesNow } from '../../common/make-directories.ts';
import { ownUserId } from '../../common/own-user.ts';
import { isNumberRunning } from '../../common/process/process-identity.ts';
import { Deadline, TIMED_OUT } from '../../time/deadline.ts';
import type { WorkerHealth } from './cluster-health.ts';
import type { InstanceFamilies } from './ended-workers.ts';
import { Families } from './families.ts';
import type { WorkerFamilies } from './workers.ts';

/** An answer of 10,000 series takes 15 ms, and more in a process that gets no processor. Prometheus itself gives a scrape 10 s. */
const PEER_TIMEOUT_MILLIS = 5_000;

/** The kernel takes an answer at once. A process that ends waits no longer for it. */
const LAST_ANSWER_MILLIS = 1_000;

/** Changes when a process could no longer read another's answer: processes of two versions do not meet. */
const PROTOCOL = 4;

/** Longest path of a Unix socket on macOS, the shortest of all systems, less the end. */
const MAX_SOCKET_PATH = 103;

const LEADER = 'leader.sock';
const KEPT = 'ended.json';
/** Process ids have up to 22 bits. */
const LONGEST_NAME = '4194304-16.sock';

/** Instances of one process that share a port. */
const MAX_INSTANCES = 16;

/** Metrics and health of an instance. */
export interface PeerAnswer extends WorkerFamilies, WorkerHealth, InstanceFamilies {
  /** Another instance is in its place, or is about to be. */
  readonly isReplaced: boolean;
}

export interface SharedPort {
  readonly host: string;
  readonly port: number;
  /** Only processes of the same service share a page; see {@link sharingService}. */
  readonly service: string;
}

export interface PeersOptions extends SharedPort {
  /** This process's own. */
  readonly answer: () => Promise<PeerAnswer>;
}

/** Services without a name are the same one if they are the same program. */
export function sharingService(resource: Readonly<Record<string, unknown>>): string {
  const name = String(resource['service.name']);
  return `${resource['service.namespace'] ?? ''}/${name}${name.startsWith('unknown_service') ? process.argv[1] : ''}`;
}

/** Whether the process that has the port would share it with one that is started as this one was: by this user, with this directory for temporary files. */
export async function sharesPort(shared: SharedPort): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const leader = await connect(join(folderOf(shared), LEADER));
  leader?.destroy();
  return leader !== undefined;
}

function folderOf({ host, port, service }: SharedPort): string {
  const id = createHash('sha256').update(`${PROTOCOL}\0${host}\0${service}`).digest('hex').slice(0, 12);
  return join(tmpdir(), `hft-otel-${ownUserId()}`, `${port}-${id}`);
}

export class Peers {
  readonly #folder: string;
  readonly #answer: () => Promise<PeerAnswer>;
  #ownName: string | undefined;
  readonly #servers: Server[] = [];
  /** Connections of processes that wait for this one's end, or read its answer. */
  readonly #waiting = new Set<Socket>();
  #leader: Socket | undefined;
  #hasFollowed = false;
  #isClosed = false;

  constructor({ host, port, service, answer }: PeersOptions) {
    this.#folder = folderOf({ host, port, service });
    this.#answer = answer;
  }

  /** A file for what the process that has the port keeps for the next one. */
  get keptPath(): string {
    return join(this.#folder, KEPT);
  }

  /** Whether this process has seen another one have the port. */
  get hasFollowed(): boolean {
    return this.#hasFollowed;
  }

  /** Answers for this process to the one that has the port, now or later. Does nothing where peers cannot meet. */
  async announce(): Promise<void> {
    if (this.#canMeet()) await this.#answerForOwn();
  }

  /**
   * Waits for the end of the process that has the port, if that is a peer. `onLeaderGone` is called once, when it has ended. False: another program has the
   * port, or there can be no sockets here (Windows, a folder that is not this user's own, too long a path).
   */
  async join(onLeaderGone: () => void): Promise<boolean> {
    if (!this.#canMeet()) return false;
    const leader = await connect(join(this.#folder, LEADER));
    if (leader === undefined) return false;
    this.#leader = leader.unref();
    this.#hasFollowed = true;
    leader.on('close', () => {
      if (this.#leader !== leader) return;
      this.#leader = undefined;
      if (!this.#isClosed) onLeaderGone();
    });
    return true;
  }

  /** Accepts connections of peers that wait. `onLast` is called with the last answer of each that closes. Does nothing where peers cannot meet. */
  async lead(onLast: (answer: PeerAnswer) => void): Promise<void> {
    if (!this.#canMeet()) return;
    const leader = this.#leader;
    this.#leader = undefined;
    leader?.destroy();
    // The socket of an earlier leader, which no longer has the port.
    rmSync(join(this.#folder, LEADER), { force: true });
    await this.#listen(LEADER, async (socket) => {
      const last = await text(socket);
      if (last !== '') onLast(answerOf(last));
    });
  }

  /** Whether another process answers here. */
  async hasOthers(): Promise<boolean> {
    const sockets = await Promise.all(this.#others().map((name) => connect(join(this.#folder, name))));
    for (const socket of sockets) socket?.destroy();
    return sockets.some((socket) => socket !== undefined);
  }

  /** The answers of the other processes, and how many of them did not answer in time. */
  async answers(): Promise<{ readonly answers: readonly PeerAnswer[]; readonly silent: number }> {
    const answers = await Promise.all(this.#others().map((name) => this.#answerOf(name)));
    return {
      answers: answers.filter((answer) => answer !== undefined && answer !== TIMED_OUT),
      silent: answers.filter((answer) => answer === TIMED_OUT).length,
    };
  }

  /** Sends the last answer to the process that has the port, if that is another one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const server of this.#servers) server.close();
    const leader = this.#leader;
    this.#leader = undefined;
    if (leader !== undefined) {
      const last = this.#answer().then((answer) => new Promise<void>((sent) => leader.end(JSON.stringify(answer), sent)));
      await Deadline.in(LAST_ANSWER_MILLIS).race(last.catch(() => {}));
      leader.destroySoon();
    }
    for (const socket of this.#waiting) socket.destroy();
  }

  #others(): string[] {
    try {
      return readdirSync(this.#folder).filter((name) => name.endsWith('.sock') && name !== LEADER && name !== this.#ownName);
    } catch {
      return [];
    }
  }

  /** Undefined: no process answers there yet, or any more. */
  async #answerOf(name: string): Promise<PeerAnswer | undefined | typeof TIMED_OUT> {
    const path = join(this.#folder, name);
    const socket = await connect(path);
    if (socket === undefined) {
      // A process that starts has made its socket and does not listen on it for a moment: only what a dead one has left is cleared away.
      if (!isNumberRunning(Number.parseInt(name, 10))) rmSync(path, { force: true });
      return undefined;
    }
    const answer = text(socket).then(answerOf);
    const inTime = await Deadline.in(PEER_TIMEOUT_MILLIS).race(
      answer.catch(() => undefined),
      'unref',
    );
    socket.destroy();
    return inTime;
  }

  /** Once, on a name of this process. A thread that has died may have left a socket of that name. */
  async #answerForOwn(): Promise<void> {
    for (let instance = 1; this.#ownName === undefined && instance <= MAX_INSTANCES; instance++) {
      const name = `${process.pid}${instance === 1 ? '' : `-${instance}`}.sock`;
      const path = join(this.#folder, name);
      const present = await connect(path);
      present?.destroy();
      if (present !== undefined) continue;
      rmSync(path, { force: true });
      this.#ownName = name;
      await this.#listen(name, async (socket) => {
        socket.end(JSON.stringify(await this.#answer()));
      });
    }
  }

  async #listen(name: string, serve: (socket: Socket) => Promise<void>): Promise<void> {
    const server = createServer((socket) => {
      this.#waiting.add(socket.unref());
      socket.on('error', () => {}).on('close', () => this.#waiting.delete(socket));
      void serve(socket).catch(() => socket.destroy());
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
    if (process.platform === 'win32' || join(this.#folder, LONGEST_NAME).length > MAX_SOCKET_PATH) return false;
    try {
      makeDirectoriesNow(this.#folder, 0o700);
      return [join(this.#folder, '..'), this.#folder].every((folder) => {
        const { uid, mode } = lstatSync(folder);
        return lstatSync(folder).isDirectory() && uid === ownUserId() && (mode & 0o077) === 0;
      });
    } catch {
      return false;
    }
  }
}

function answerOf(json: string): PeerAnswer {
  const answer = JSON.parse(json) as PeerAnswer;
  return { ...answer, families: Families.fromJson(answer.families) };
}

/** Undefined: no process answers there. */
function connect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}
