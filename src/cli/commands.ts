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
    name: 'audit reconcile',
    summary: 'compares audit files of a host with what a gateway or Loki holds of them, event by event',
    load: async () => (await import('./audit/reconcile-command.ts')).reconcileCommand,
  },
  {
    name: 'debug frames',
    summary: 'the bytes of a ring as text: frames that wait in it, and its account',
    load: async () => (await import('./debug/frames-command.ts')).framesCommand,
  },
];
