/**
 * The one way a producer is made, from the settings of an instance: for the thread that made the instance, for other threads of the application, for a test.
 */
import { WriteThrough, type WriteThroughSettings } from '../audit/write-through.ts';
import { LevelBoard } from '../caller/level-board.ts';
import { type MakeProducerOptions, makeProducer, type Producer } from '../caller/producer.ts';
import type { LevelSettings } from '../config/level-rules.ts';
import type { AuditReceipt, ReceiptStage } from '../contract/audit-receipt.ts';
import { allocatorOf } from '../memory/allocator.ts';
import { openBlock } from '../memory/block.ts';
import { compileRedaction } from '../redaction/redaction.ts';

/** The settings of a producer; part of `ThreadSettings`. */
export type OpenProducerSettings = MakeProducerOptions['settings'] & LevelSettings & WriteThroughSettings;

type AskForReceipt = (number: number, stage: ReceiptStage) => Promise<AuditReceipt>;

/** Receives a producer's events. */
export type ProducerPorts = Pick<MakeProducerOptions, 'onSeries'> &
  Partial<Pick<MakeProducerOptions, 'writeThrough' | 'readClock'>> & {
    readonly onWarning: (message: string) => void;
    /** Undefined: the thread gets no receipts of audit events. */
    readonly askForReceipt?: AskForReceipt | undefined;
  };

/** `writeThrough`: default, into the audit file. `onWarning`: a text for the user. */
export function openProducer(settings: OpenProducerSettings, { onWarning, askForReceipt, ...ports }: ProducerPorts): Producer {
  const writeThrough = new WriteThrough(settings, onWarning);
  const signals = openBlock(settings.signals);
  return makeProducer({
    settings,
    allocator: allocatorOf(settings.allocator),
    signals,
    run: openBlock(settings.run),
    levels: new LevelBoard(signals, settings),
    redaction: compileRedaction(settings.redact, { texts: settings.redactTexts }),
    writeThrough: (refused) => writeThrough.write(refused),
    receipts: askForReceipt && { request: askForReceipt, numberWrittenThrough: () => writeThrough.lastNumber },
    onMetricProblem: ({ message }) => onWarning(message),
    ...ports,
  });
}
