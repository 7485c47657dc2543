import type { WordPool } from './word-pool.ts'

/** The first date in the words as 2026-11-23: written out, "tomorrow", a weekday (the next one), "3 March", "March 3rd 2027". */
export function takeDate(pool: WordPool, today: string): string | undefined {
  for (let index = 0; index < pool.words.length; index += 1) {
    if (pool.isTaken(index)) continue
    const found = dateAt(pool, index, today)
    if (found === null) continue
    pool.take(index, found.words)
    return found.date
  }
  return undefined
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const MONTHS = 'january february march april may june july august september october november december'.split(' ')
const DAYS_AWAY: ReadonlyMap<string, number> = new Map(
  Object.entries({ today: 0, tonight: 0, tomorrow: 1, yesterday: -1 }),
)

function dateAt(
  pool: WordPool,
  index: number,
  today: string,
): { readonly date: string; readonly words: number } | null {
  const [first = '', second = '', third = ''] = pool.words.slice(index, index + 3).map(({ lower }) => lower)
  if (/^\d{4}-\d{2}-\d{2}$/.test(first)) return { date: first, words: 1 }
  const away = DAYS_AWAY.get(first)
  if (away !== undefined) return { date: addDays(today, away), words: 1 }
  const weekday = WEEKDAYS.indexOf(first)
  if (weekday !== -1) return { date: addDays(today, (weekday - weekdayOf(today) + 7) % 7 || 7), words: 1 }
  return monthDate(first, second, third, today) ?? monthDate(second, first, third, today)
}

function monthDate(
  month: string,
  day: string,
  year: string,
  today: string,
): { readonly date: string; readonly words: number } | null {
  const monthIndex = month.length >= 3 ? MONTHS.findIndex((name) => name.startsWith(month)) : -1
  const dayNumber = Number(/^(\d{1,2})(?:st|nd|rd|th)?$/.exec(day)?.[1] ?? 0)
  if (monthIndex === -1 || dayNumber < 1 || dayNumber > 31) return null
  const isYear = /^\d{4}$/.test(year)
  const inYear = (each: number): string => isoDate(Date.UTC(each, monthIndex, dayNumber))
  const thisYear = Number(today.slice(0, 4))
  if (isYear) return { date: inYear(Number(year)), words: 3 }
  return { date: inYear(thisYear) < today ? inYear(thisYear + 1) : inYear(thisYear), words: 2 }
}

function addDays(date: string, days: number): string {
  return isoDate(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000)
}

function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay()
}

function isoDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
