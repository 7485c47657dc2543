import type { RuleId } from '../rules.ts'
import { type Fault, isError } from './fault.ts'

/**
 * The faults of one value folded into one message. A word such as `off` where true or false is wanted is reported as that; where a value is
 * wrong, no warning is reported besides.
 */
export function keepOnePerCause({
  reading,
  meaning,
}: {
  readonly reading: readonly Fault[]
  readonly meaning: readonly Fault[]
}) {
  if (reading.length === 0 && meaning.length === 0) return []
  const yaml11Words = new Map(reading.filter(({ rule }) => rule === 'RV006').map((fault) => [positionOf(fault), fault]))
  const meant = meaning.map((fault): Fault => {
    const word =
      fault.rule === 'RV104' && fault.message.endsWith('true or false is wanted')
        ? yaml11Words.get(positionOf(fault))
        : undefined
    if (word === undefined) return fault
    const { pointer, help, suggest = [] } = fault
    return { ...word, level: 'error', pointer, help, suggest }
  })
  const wrong = new Set([...meant, ...reading].filter(isError).map(positionOf))
  const unreadable = new Set(
    reading.filter((fault) => isError(fault) && fault.rule !== 'RV003' && !fault.isRecovered).map(positionOf),
  )
  const formFaults = new Map(meant.filter(isAboutForm).map((fault) => [positionOf(fault), fault]))
  const references = new Set(meant.filter(({ rule }) => rule === 'RV206').map(positionOf))
  const isOfUnresolvedValue = (fault: Fault) =>
    references.has(positionOf(fault)) && RULES_OF_RESOLVED_VALUES.includes(fault.rule)
  const recovered = reading.filter(({ rule, isRecovered }) => isRecovered && rule.startsWith('RV0'))
  const keys = reading.filter(({ rule }) => rule === 'RV401')
  const broken = reading.filter(({ rule, isRecovered }) => rule === 'RV002' && !isRecovered)
  const ofReadValues = meant.filter((fault) => fault.rule === 'RV006' || !unreadable.has(positionOf(fault)))
  const reported = new Set<string>()
  return [...reading, ...ofReadValues].filter((fault) => {
    if (/^RV[13]/.test(fault.rule) && keys.some((key) => encloses(fault, key))) return false
    if (/^RV[12356]/.test(fault.rule) && broken.some((each) => encloses(each, fault))) return false
    if (!isError(fault) && wrong.has(positionOf(fault))) return false
    if (isOfUnresolvedValue(fault)) return false
    if (recovered.some((each) => isOfMissingValue(fault, each))) return false
    if (recovered.includes(fault)) return !meant.some((each) => isAnswer(each) && concernsValue(each, fault))
    if (!isAnswer(fault) && recovered.some((each) => concernsValue(fault, each))) return false
    // A reference that is not read is why a value has the wrong form, unless that fault says what is meant.
    const isAnswered = (formFaults.get(positionOf(fault))?.suggest ?? []).length > 0
    if (isAboutForm(fault) ? references.has(positionOf(fault)) && !isAnswered : fault.rule === 'RV206' && isAnswered)
      return false
    // A place that is used twice, through an alias, is reported once.
    const identity = `${fault.rule} ${positionOf(fault)} ${fault.pointer.slice(fault.pointer.lastIndexOf('/'))}`
    if (reported.has(identity)) return false
    reported.add(identity)
    return true
  })
}

/** What is reported of a value that nobody filled in: no file has its name, and no word of a schema is written so. */
const RULES_OF_RESOLVED_VALUES: readonly RuleId[] = [
  ...(['RV111', 'RV201', 'RV202', 'RV306', 'RV308', 'RV501', 'RV503', 'RV511', 'RV513', 'RV517'] as const),
]

/** Whether it is about what stands in a value, and not about where that stands. */
function isAboutForm({ rule }: Fault): boolean {
  return ['RV104', 'RV105', 'RV106', 'RV107'].includes(rule)
}

/** Whether it says what is to stand in the place of a value, so that nothing else need be said of that. */
function isAnswer(fault: Fault): boolean {
  const isWhole = isAboutForm(fault) || ['RV111', 'RV306', 'RV308'].includes(fault.rule)
  return isError(fault) && (isWhole || (fault.suggest ?? []).length > 0)
}

/** Whether a fault is of the value in which the text breaks. */
function concernsValue(fault: Fault, broken: Fault): boolean {
  const isBegun = fault.place.start.offset === broken.place.start.offset
  return encloses(fault, broken) || (isBegun && encloses(broken, fault))
}

/** Whether a fault is of the value that a line lacks which is no key yet: its author is about to write it. */
function isOfMissingValue({ rule, place }: Fault, { place: unfinished }: Fault): boolean {
  const isEmpty = rule === 'RV104' && place.start.offset === place.end.offset
  return isEmpty && place.file === unfinished.file && place.start.offset === unfinished.end.offset
}

/** Whether a fault, which stands on one line, has another in its place. */
function encloses({ place }: Fault, { place: inner }: Fault): boolean {
  if (place.file !== inner.file || place.start.line !== place.end.line) return false
  return place.start.offset <= inner.start.offset && inner.end.offset <= place.end.offset
}

/** Where a fault stands; a fault of no length is of what surrounds it. */
function positionOf({ place: { file, start, end } }: Fault): string {
  return `${file}:${start.offset}-${end.offset}`
}
