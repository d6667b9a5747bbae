/**
 * `hft-otel audit witness`: cosigns checkpoints of audit trails of other hosts.
 */
import { parseSigningKey } from '../../audit/run-tree/signing-key.ts';
import { formatVerifierKey, type SignerKey, verifierOf } from '../../audit/tree/note.ts';
import { serveWitness } from '../../audit/witness/server.ts';
import { WitnessState } from '../../audit/witness/state.ts';
import { Witness } from '../../audit/witness/witness.ts';
import { textOf } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { KEY_OPTION, keysOf, textAt } from './trail-options.ts';

const DEFAULT_ADDRESS = '127.0.0.1:8732';

export const witnessCommand: Command = {
  name: 'audit witness',
  summary: 'run a witness: cosign checkpoints of other hosts’ trails, and refuse those that contradict earlier ones',
  operands: {
    placeholder: 'FILE',
    help: 'private key of the witness, made by hft-otel audit keygen --witness FILE',
    least: 1,
    most: 1,
  },
  options: {
    ...KEY_OPTION,
    state: {
      type: 'string',
      short: 's',
      placeholder: 'FOLDER',
      help: 'folder for what it has cosigned; keep it as long as the trails',
    },
    listen: { type: 'string', short: 'l', placeholder: 'HOST:PORT', help: `address to listen on. Default: ${DEFAULT_ADDRESS}` },
  },
  exitCodes: {
    0: 'it ended on SIGTERM or SIGINT',
    1: 'it could not listen, or its folder belongs to another process',
    2: 'the command line was wrong, or a key could not be read',
  },
  notes: [
    '--key selects the trails: the witness cosigns only checkpoints signed with one of these keys. Rotation files may be given with the keys; all are read again when a checkpoint has an unknown key.',
    'POST /add-checkpoint follows the tlog-witness protocol of C2SP. GET /checkpoints gives auditors the newest cosigned checkpoints, for hft-otel audit verify --checkpoints.',
    'Run it on a separate host, under people who have no access to the trails. It speaks HTTP: put a TLS proxy in front of it.',
  ],
  async run(values, [path = '']) {
    const signer = signerAt(path);
    const directory = textOf(values, 'state');
    if (directory === undefined)
      throw new UsageError('--state FOLDER is missing: a witness must not forget what it has cosigned.');
    if (values.key === undefined)
      throw new UsageError('--key FILE.vkey,… is missing: the verifier keys of the trails that are to be cosigned.');
    const { host, port } = addressOf(textOf(values, 'listen') ?? DEFAULT_ADDRESS);
    const verifierKey = formatVerifierKey(verifierOf(signer));
    const state = new WitnessState(directory);
    try {
      const witness = witnessOf(values, signer, state);
      const { url, server } = await serveWitness({
        host,
        port,
        witness,
        state,
        verifierKey,
        onError: (message) => console.error(`hft-otel: ${message}`),
      });
      console.log(`${url}   ${verifierKey}`);
      await new Promise<void>((resolve) => {
        process.once('SIGTERM', () => resolve());
        process.once('SIGINT', () => resolve());
      });
      server.close();
      server.closeIdleConnections();
    } finally {
      state.close();
    }
    return 0;
  },
};

function witnessOf(values: Parameters<Command['run']>[0], signer: SignerKey, state: WitnessState): Witness {
  try {
    return new Witness({
      signer,
      state,
      keys: () => keysOf(values),
      now: () => Math.floor(Date.now() / 1_000),
      onRefused: (reason) => console.error(`hft-otel: refused: ${reason}. The checkpoint is kept in refused.checkpoints.`),
    });
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`--key: ${error.message}.`);
    throw error;
  }
}

function signerAt(path: string): SignerKey {
  try {
    return parseSigningKey(textAt(path), 'cosignature');
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${path}: ${error.message}.`);
    throw error;
  }
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535)
    throw new UsageError(`--listen ${text}: expected HOST:PORT, for example ${DEFAULT_ADDRESS} or [::1]:8732.`);
  return { host, port: Number(port) };
}
