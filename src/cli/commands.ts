/**
 * Every command of `hft-otel`, in the order of the help. A command is added with one line here.
 */

import type { CommandEntry } from './command.ts';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'tail',
    summary: 'print the last records of logs as readable text; -f follows new ones',
    load: async () => (await import('./tail/command.ts')).tailCommand,
  },
  {
    name: 'find',
    summary: 'print the records that match a filter, from many files and their rotated copies',
    load: async () => (await import('./find/command.ts')).findCommand,
  },
  {
    name: 'top',
    summary: 'show live what a running process logs, drops and delivers: rates, percentiles, backends',
    load: async () => (await import('./top/command.ts')).topCommand,
  },
  {
    name: 'page',
    summary: 'open the live page of a running process in a browser: records, metrics, health, levels',
    load: async () => (await import('./page/command.ts')).pageCommand,
  },
  {
    name: 'doctor',
    summary: 'check a configuration, its files, ports, clock and collector, and say what to do',
    load: async () => (await import('./doctor/command.ts')).doctorCommand,
  },
  {
    name: 'level get',
    summary: 'show the least level that the loggers of a running process write',
    load: async () => (await import('./level/command.ts')).levelGetCommand,
  },
  {
    name: 'level set',
    summary: 'change the least level of loggers, for a while or until the process ends',
    load: async () => (await import('./level/command.ts')).levelSetCommand,
  },
  {
    name: 'level reset',
    summary: 'remove the levels set by hft-otel level set',
    load: async () => (await import('./level/command.ts')).levelResetCommand,
  },
  {
    name: 'demo',
    summary: 'run a market maker on a loopback exchange, and report which records arrived',
    load: async () => (await import('./demo-command.ts')).demoCommand,
  },
  {
    name: 'routes',
    summary: 'show which backends a record would reach, and why: a dry run of the routing rules',
    load: async () => (await import('./routes-command.ts')).routesCommand,
  },
  {
    name: 'recover',
    summary: 'deliver records that killed processes left in persistent memory',
    load: async () => (await import('./recover-command.ts')).recoverCommand,
  },
  {
    name: 'spool list',
    summary: 'list the records that wait on disk for OTLP destinations that are away',
    load: async () => (await import('./spool/list-command.ts')).spoolListCommand,
  },
  {
    name: 'spool send',
    summary: 'send the records that wait on disk, for services that will not start again',
    load: async () => (await import('./spool/send-command.ts')).spoolSendCommand,
  },
  {
    name: 'spool drop',
    summary: 'delete the records that wait on disk; asks first',
    load: async () => (await import('./spool/drop-command.ts')).spoolDropCommand,
  },
  {
    name: 'audit verify',
    summary: 'check audit files against signed checkpoints: find changed, deleted, inserted and cut-off lines',
    load: async () => (await import('./audit/verify-command.ts')).verifyCommand,
  },
  {
    name: 'audit report',
    summary: 'print a report for compliance: runs, events, gaps, keys, clock evidence',
    load: async () => (await import('./audit/report-command.ts')).reportCommand,
  },
  {
    name: 'audit prove',
    summary: 'write a self-contained proof of one audit event: line, path of hashes, signed checkpoint',
    load: async () => (await import('./audit/prove-command.ts')).proveCommand,
  },
  {
    name: 'audit check-proof',
    summary: 'check a proof of one audit event; needs only the proof and a key',
    load: async () => (await import('./audit/check-proof-command.ts')).checkProofCommand,
  },
  {
    name: 'audit keygen',
    summary: 'make the key that signs checkpoints of the audit trail, and the key that verifies them',
    load: async () => (await import('./audit/keygen-command.ts')).keygenCommand,
  },
  {
    name: 'audit witness',
    summary: 'run a witness: cosign checkpoints of other hosts’ trails, and refuse those that contradict earlier ones',
    load: async () => (await import('./audit/witness-command.ts')).witnessCommand,
  },
  {
    name: 'audit reconcile',
    summary: 'compare the audit files of a host with those of a gateway or with Loki, event by event',
    load: async () => (await import('./audit/reconcile-command.ts')).reconcileCommand,
  },
  {
    name: 'debug frames',
    summary: 'print the contents of a ring as text: the frames that wait in it, and its counters',
    load: async () => (await import('./debug/frames-command.ts')).framesCommand,
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands and options in bash, zsh or fish',
    load: async () => (await import('./completion/command.ts')).completionCommand(COMMANDS),
  },
];
