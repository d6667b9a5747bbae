/**
 * Every command of `hft-otel`, in the order of the help. A command is added with one line here.
 */

import type { CommandEntry } from './command.ts';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'tail',
    summary: 'the end of logs as people read them, and what is appended from then on',
    load: async () => (await import('./tail/command.ts')).tailCommand,
  },
  {
    name: 'find',
    summary: 'records that pass a filter, in many files and what rotation has set aside of them',
    load: async () => (await import('./find/command.ts')).findCommand,
  },
  {
    name: 'top',
    summary: 'what a running process logs, drops and delivers: rates, percentiles, backends; live',
    load: async () => (await import('./top/command.ts')).topCommand,
  },
  {
    name: 'page',
    summary: 'opens the live page of a running process: records, metrics, health and levels in a browser',
    load: async () => (await import('./page/command.ts')).pageCommand,
  },
  {
    name: 'doctor',
    summary: 'what is wrong with a configuration and around it: files, ports, clock, collector; and what to do',
    load: async () => (await import('./doctor/command.ts')).doctorCommand,
  },
  {
    name: 'level get',
    summary: 'the least level that the loggers of a running process write',
    load: async () => (await import('./level/command.ts')).levelGetCommand,
  },
  {
    name: 'level set',
    summary: 'changes it, for a while or until the process ends',
    load: async () => (await import('./level/command.ts')).levelSetCommand,
  },
  {
    name: 'level reset',
    summary: 'removes levels that level set has set',
    load: async () => (await import('./level/command.ts')).levelResetCommand,
  },
  {
    name: 'demo',
    summary: 'a market maker on a loopback exchange, observed, and the account of it',
    load: async () => (await import('./demo-command.ts')).demoCommand,
  },
  {
    name: 'routes',
    summary: 'where a record would go, and why: a dry run of the routing rules',
    load: async () => (await import('./routes-command.ts')).routesCommand,
  },
  {
    name: 'recover',
    summary: 'delivers what killed processes have left in memory that outlives them',
    load: async () => (await import('./recover-command.ts')).recoverCommand,
  },
  {
    name: 'spool list',
    summary: 'what waits on disk for destinations that are away',
    load: async () => (await import('./spool/list-command.ts')).spoolListCommand,
  },
  {
    name: 'spool send',
    summary: 'sends what waits on disk, for services that do not come back',
    load: async () => (await import('./spool/send-command.ts')).spoolSendCommand,
  },
  {
    name: 'spool drop',
    summary: 'deletes what waits on disk; asks first',
    load: async () => (await import('./spool/drop-command.ts')).spoolDropCommand,
  },
  {
    name: 'audit verify',
    summary: 'checks every line of audit files against signed checkpoints: changed, deleted, inserted, cut',
    load: async () => (await import('./audit/verify-command.ts')).verifyCommand,
  },
  {
    name: 'audit report',
    summary: 'what a compliance officer asks for: runs, events, gaps, keys, clock evidence',
    load: async () => (await import('./audit/report-command.ts')).reportCommand,
  },
  {
    name: 'audit prove',
    summary: 'writes a proof of one audit event that stands alone: line, path of hashes, signed checkpoint',
    load: async () => (await import('./audit/prove-command.ts')).proveCommand,
  },
  {
    name: 'audit check-proof',
    summary: 'checks a proof of one audit event, with nothing but the proof and a key',
    load: async () => (await import('./audit/check-proof-command.ts')).checkProofCommand,
  },
  {
    name: 'audit keygen',
    summary: 'makes the key that signs checkpoints of the audit trail, and the one that verifies them',
    load: async () => (await import('./audit/keygen-command.ts')).keygenCommand,
  },
  {
    name: 'audit witness',
    summary: 'cosigns checkpoints of other hosts’ trails, and refuses those that contradict what it has cosigned',
    load: async () => (await import('./audit/witness-command.ts')).witnessCommand,
  },
  {
    name: 'audit reconcile',
    summary: 'compares audit files of a host with what a gateway or Loki holds of them, event by event',
    load: async () => (await import('./audit/reconcile-command.ts')).reconcileCommand,
  },
  {
    name: 'debug frames',
    summary: 'the bytes of a ring as text: frames that wait in it, and its account',
    load: async () => (await import('./debug/frames-command.ts')).framesCommand,
  },
  {
    name: 'completion',
    summary: 'a script that completes commands and options in bash, zsh or fish',
    load: async () => (await import('./completion/command.ts')).completionCommand(COMMANDS),
  },
];
