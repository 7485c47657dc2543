import { InvalidArgumentError } from 'commander'

/** Collects the values of a flag that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Any number from 0. */
export function parseWholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number is wanted.')
}

/** A minute at most: a longer wait would look like a save that was missed. */
export function parseSettle(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 60_000) return Number(text)
  throw new InvalidArgumentError('A whole number of ms from 0 to 60000 is wanted.')
}

/** From 1 s to a day. */
export function parseSeconds(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 86_400) return number
  throw new InvalidArgumentError('A whole number of seconds from 1 to 86400 is wanted.')
}

/** 0 stands for any free port. */
export function parsePort(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
}
