// From services and their rate to processes, disks, waiting time and money. Each stage is a queue: records come at a rate, a core works them off at
// another, and what is between says how many cores there must be and how long a batch waits (Pollaczek and Khinchine, M/G/1 for each core).

import type { Parameters } from './parameters.ts';

export interface Load {
  readonly services: number;
  /** Of each. */
  readonly recordsPerSecond: number;
}

export interface Stage {
  readonly name: string;
  readonly processes: number;
  readonly cores: number;
  /** What decides the number. */
  readonly boundBy: string;
  /** Mean time that a batch waits for its turn, in ms, at this number of cores. */
  readonly waitMillis: number;
}

export interface Plan {
  readonly recordsPerSecond: number;
  readonly stages: readonly Stage[];
  readonly partitions: number;
  readonly kafkaDiskBytes: number;
  readonly lokiDiskBytes: number;
  readonly auditDiskBytes: number;
  readonly kafkaBytesPerSecond: number;
  readonly costs: readonly { readonly what: string; readonly dollarsPerMonth: number }[];
}

const HOURS_A_MONTH = 730;
const SECONDS_A_DAY = 86_400;
const GB = 1e9;

/** Fewest of anything that must survive the loss of one. */
const LEAST = 2;

export function plan({ services, recordsPerSecond: each }: Load, parameters: Parameters): Plan {
  const p = parameters;
  const rate = services * each;
  const agentCores = Math.max(p.agentCores, (each * p.agentMicros) / 1e6 / p.utilisation);
  const agent = stage('agents, one a service', rate, p.agentMicros, agentCores, services, p);
  const gateway = stage('gateways', rate, p.gatewayMicros, p.gatewayCores, LEAST, p);
  const writer = stage('writers', rate, p.writerMicros, p.writerCores, LEAST, p);
  const loki = stage('Loki', rate, p.lokiMicros, p.lokiCores, 1, p);

  const kafkaBytesPerSecond = rate * p.kafkaBytes;
  // A broker takes its share of what is produced, and of what the others replicate; it gives as much to replicas and to three groups of consumers.
  const carried = kafkaBytesPerSecond * (p.kafkaReplicas + (p.kafkaReplicas - 1) + 2);
  const byNetwork = Math.ceil(carried / (p.brokerNetworkBytes * p.utilisation));
  const byCpu = stage('', rate, p.kafkaMicros, p.brokerCores, p.kafkaReplicas, p);
  const brokers: Stage = {
    ...byCpu,
    name: 'Kafka brokers',
    processes: Math.max(byCpu.processes, byNetwork),
    cores: Math.max(byCpu.processes, byNetwork) * p.brokerCores,
    boundBy: byNetwork > byCpu.processes ? 'network' : byCpu.boundBy,
  };

  const partitions = Math.max(12, writer.processes * 2);
  const kafkaDiskBytes = kafkaBytesPerSecond * p.kafkaReplicas * p.kafkaRetentionHours * 3_600;
  const lokiDiskBytes = rate * p.lokiBytes * p.lokiRetentionDays * SECONDS_A_DAY;
  const auditDiskBytes = rate * p.auditShare * p.auditFileBytes * p.auditRetentionDays * SECONDS_A_DAY;
  const stages = [agent, gateway, brokers, writer, loki];
  const month = (cores: number) => cores * p.coreHourDollars * HOURS_A_MONTH;
  const crossed = (kafkaBytesPerSecond * (2 / 3) * (p.kafkaReplicas - 1 + 2) * SECONDS_A_DAY * 30) / GB;
  return {
    recordsPerSecond: rate,
    stages,
    partitions,
    kafkaDiskBytes,
    lokiDiskBytes,
    auditDiskBytes,
    kafkaBytesPerSecond,
    costs: [
      ...stages.map(({ name, cores }) => ({ what: `${name}: cores`, dollarsPerMonth: month(cores) })),
      { what: 'Kafka: disks', dollarsPerMonth: (kafkaDiskBytes / GB) * p.blockGbMonthDollars },
      { what: 'Kafka: between zones', dollarsPerMonth: crossed * p.zoneGbDollars },
      { what: 'Loki: object storage', dollarsPerMonth: (lokiDiskBytes / GB) * p.objectGbMonthDollars },
      { what: 'audit files: object storage', dollarsPerMonth: (auditDiskBytes / GB) * p.objectGbMonthDollars },
    ],
  };
}

function stage(
  name: string,
  rate: number,
  micros: number,
  coresEach: number,
  least: number,
  { utilisation, batchRecords, serviceVariation }: Parameters,
): Stage {
  const busyCores = (rate * micros) / 1e6;
  const byCpu = Math.ceil(busyCores / utilisation / coresEach);
  const processes = Math.max(byCpu, least);
  const cores = processes * coresEach;
  const used = busyCores / cores;
  // A batch's own time on a core; the wait before it, by Pollaczek and Khinchine.
  const serviceMillis = (batchRecords * micros) / 1_000;
  const waitMillis = (used * serviceMillis * (1 + serviceVariation ** 2)) / (2 * (1 - used));
  return { name, processes, cores, boundBy: byCpu >= least ? 'CPU' : 'the least number', waitMillis };
}
