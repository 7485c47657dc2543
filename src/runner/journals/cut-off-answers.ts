import type { Report } from '../../session/report.ts'
import type { JournalLine } from './journal-lines.ts'

/** The answers of one conversation that were cut off, oldest first: each as its turn and response. */
export type CutOffAnswers = readonly string[]

/** Answers remembered in a conversation; nobody still hears an earlier one. */
const ANSWERS_MAX = 16

/**
 * Adds the answer that was cut off according to a report; the same list if there is none, or it is known already. An answer is cut off while
 * it comes, or after it came whole and while it is heard, which each of its items reports.
 */
export function addCutOff(answers: CutOffAnswers, report: Report | JournalLine): CutOffAnswers {
  const isCutOff = report.type === 'agent.heard' || (report.type === 'agent.transcript' && report.interrupted)
  if (!isCutOff) return answers
  const answer = `${report.turn} ${report.response_id}`
  return answers.includes(answer) ? answers : [...answers, answer].slice(-ANSWERS_MAX)
}
