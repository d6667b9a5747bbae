/**
 * `hft-otel audit keygen`: a key that signs checkpoints, and the one that verifies them.
 */
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { parseSigningKey, rotationPath, signingKeyText } from '../../audit/run-tree/signing-key.ts';
import { formatVerifierKey, isKeyName, type SignerKey, verifierOf } from '../../audit/tree/note.ts';
import { rotationNote } from '../../audit/verify/key-ring.ts';
import { errorText } from '../../common/error-text.ts';
import { textOf } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { textAt } from './trail-options.ts';

const PRIVATE = 0o600;
const PUBLIC = 0o644;

export const keygenCommand: Command = {
  name: 'audit keygen',
  summary: 'make the key that signs checkpoints of the audit trail, and the key that verifies them',
  operands: {
    placeholder: 'FILE',
    help: 'file for the private key (mode 0600); the verifier key is written to FILE.vkey',
    least: 1,
    most: 1,
  },
  options: {
    name: {
      type: 'string',
      short: 'n',
      placeholder: 'NAME',
      help: 'name of the key in signatures. Default: the name of the file',
    },
    witness: { type: 'boolean', help: 'make a key for hft-otel audit witness' },
    rotate: {
      type: 'boolean',
      help: 'replace the key in FILE by a new one; FILE.rotation, signed by both keys, records the change',
    },
  },
  exitCodes: { 0: 'the key and its verifier key were written' },
  notes: [
    'Then set backends: { audit: { signingKey: FILE } }, or HFT_AUDIT_SIGNING_KEY=FILE. Give FILE.vkey to the people who verify; it is not secret.',
    'After --rotate, running processes use the new key from their next checkpoint on. Give auditors the new FILE.vkey and FILE.rotation. Destroy FILE.retired.',
  ],
  async run(values, [path = '']) {
    const isRotation = values.rotate === true;
    const use = values.witness === true ? 'cosignature' : 'note';
    if (isRotation && values.witness === true)
      throw new UsageError(
        '--rotate is for keys that sign checkpoints: a new witness key is given to auditors beside the old one.',
      );
    if (!isRotation && existsSync(path))
      throw new UsageError(`${path} exists. A key in use is replaced with --rotate; otherwise choose another name.`);
    const before = isRotation ? signerAt(path) : undefined;
    const name = textOf(values, 'name') ?? before?.name ?? basename(path).replace(/\.(?:key|pem)$/, '');
    if (!isKeyName(name)) throw new UsageError(`--name ${name}: a key's name is not empty, and has no spaces and no +.`);
    const pem = String(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const text = signingKeyText(name, pem, use);
    const signer = parseSigningKey(text, use);
    const verifier = formatVerifierKey(verifierOf(signer));
    if (before !== undefined) {
      // The rotation is there before the key is: a process that reads the new key finds it.
      replace(rotationPath(path), rotationNote(before, signer, new Date().toISOString()), PUBLIC);
      replace(`${path}.retired`, textAt(path), PRIVATE);
      replace(path, text, PRIVATE);
    } else writeNew(path, text, PRIVATE);
    replace(`${path}.vkey`, `${verifier}\n`, PUBLIC);
    const purpose = use === 'note' ? 'backends.audit.signingKey' : 'hft-otel audit witness';
    console.log(`${path}        the private key: for ${purpose}; keep it from everybody else`);
    console.log(`${path}.vkey   ${verifier}`);
    if (isRotation) console.log(`${rotationPath(path)}   for auditors: which key replaces which. Destroy ${path}.retired.`);
    return 0;
  },
};

function signerAt(path: string): SignerKey {
  try {
    return parseSigningKey(textAt(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${path}: ${error.message}.`);
    throw error;
  }
}

function writeNew(path: string, text: string, mode: number): void {
  try {
    const fd = openSync(path, 'wx', mode);
    writeSync(fd, text);
    fsyncSync(fd);
    closeSync(fd);
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${errorText(error)}.`);
  }
}

/** At once: a process that reads it meanwhile finds the one or the other. */
function replace(path: string, text: string, mode: number): void {
  const aside = `${path}.${process.pid}.new`;
  writeNew(aside, text, mode);
  renameSync(aside, path);
}
