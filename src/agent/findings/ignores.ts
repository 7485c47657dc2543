import type { ParsedFile } from '../reading/parsed-file.ts'
import { RULES, type RuleId } from '../rules.ts'
import { type Fault, pointerOf } from './fault.ts'

/** A comment `# runner-ignore RV604: reason`: faults of these rules on one line are not reported. */
export interface Ignore {
  readonly rule: RuleId
  readonly file: string
  /** The line that it speaks of: its own, or the next one that holds a setting. */
  readonly line: number
  /** The fault to report where it turns out to ignore nothing. */
  readonly unused: Fault
}

interface Ignores {
  readonly ignores: readonly Ignore[]
  /** Comments that give no reason, or name no rule. */
  readonly faults: readonly Fault[]
}

const COMMENT = /#[ \t]*runner-ignore\b([^\r\n]*)/g
/** How many such comments of one file are read. */
const COMMENTS_MAX = 1_000
/** How many rules one comment may name. */
const NAMES_MAX = 32
const HELP = 'Write it as # runner-ignore RV604: the reason'

/** The comments of one file that say what is not to be reported, and what is wrong with them. */
export function parseIgnores(parsed: ParsedFile): Ignores {
  const ignores: Ignore[] = []
  const faults: Fault[] = []
  if (!parsed.text.includes('runner-ignore')) return { ignores, faults }
  const found = [...parsed.text.matchAll(COMMENT)].slice(0, COMMENTS_MAX)
  for (const match of found.filter(({ index }) => !parsed.isText(index))) {
    const place = parsed.placeAt(match.index, match.index + match[0].trimEnd().length)
    const [, names = '', reason = ''] = /^([^:]*)(?::(.*))?$/.exec(match[1] ?? '') ?? []
    const words = names.split(/[\s,]+/).filter((name) => name !== '')
    const isClosed = match[1]?.includes(':') === true
    const end = isClosed ? words.length : words.findIndex((word) => !/^RV\d+$/i.test(word))
    const named = end <= 0 ? words : words.slice(0, end)
    const rules = named.slice(0, NAMES_MAX)
    const makeFault = (rule: 'RV011' | 'RV012', message: string, help: string): Fault => {
      return { rule, message, help, place, pointer: pointerOf([]), text: match[0] }
    }
    if (rules.length === 0) faults.push(makeFault('RV012', 'this comment names no rule to ignore', HELP))
    else if (reason.trim() === '') {
      const givenReason = words
        .slice(named.length)
        .join(' ')
        .replace(/^[-–—]+ ?/, '')
      const help =
        givenReason === '' ? HELP : `Write a ":" before the reason: # runner-ignore ${rules.join(', ')}: ${givenReason}`
      faults.push(makeFault('RV011', `${rules.join(', ')} is ignored without a reason`, help))
    }
    if (named.length > rules.length) {
      const message = `this comment names ${named.length} rules, and only the first ${NAMES_MAX} are read`
      faults.push(makeFault('RV012', message, 'Name the others in a second comment, on a line below it.'))
    }
    for (const name of rules) {
      if (!isRule(name)) {
        const meant = name.toUpperCase()
        const help = isRule(meant) ? `Did you mean ${meant}?` : 'docs/rules.md lists them all.'
        faults.push(makeFault('RV012', `${name} is no rule`, help))
      } else if (!canBeSuppressed(name)) {
        const help = 'Mend it instead: without that no agent can be built safely.'
        faults.push(makeFault('RV012', `${name} cannot be ignored`, help))
      } else {
        const unused = makeFault('RV012', `there is no ${name} to ignore here`, 'Remove the comment.')
        ignores.push({
          rule: name,
          file: parsed.file,
          line: targetLine(parsed.text, match.index, place.start.line),
          unused,
        })
      }
    }
  }
  // Where a file cannot be read, such a comment may be text.
  return { ignores, faults: parsed.data === undefined ? [] : faults }
}

/** Whether a project, or a comment, may give the rule a lower level. */
export function canBeSuppressed(rule: RuleId): boolean {
  return RULES[rule].level !== 'error' || RULES[rule].mayBeLowered === true
}

export function isRule(name: string): name is RuleId {
  return Object.hasOwn(RULES, name)
}

/** A comment behind a setting speaks of its line, one on a line of its own of the next setting. */
function targetLine(text: string, index: number, line: number): number {
  const before = text.slice(text.lastIndexOf('\n', index) + 1, index)
  if (before.trim() !== '') return line
  const lines = text.slice(text.indexOf('\n', index) + 1).split('\n', COMMENTS_MAX)
  const next = lines.findIndex((each) => !/^\s*(#.*)?$/.test(each))
  return line + 1 + Math.max(0, next)
}
