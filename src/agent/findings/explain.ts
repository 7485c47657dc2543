import { wrongExamples } from '../../generated/wrong-examples.js'
import { nearest } from '../nearest.ts'
import { RULES, type RuleId } from '../rules.ts'

/** A rule in words, with a wrong and a right example. */
export function explainRule(requested: string): { readonly text: string } | { readonly message: string } {
  const id = requested.toUpperCase()
  if (!isRule(id)) {
    const near = nearest(id, Object.keys(RULES))[0]
    const hint = near === undefined ? 'an id is RV and three digits, such as RV101' : `did you mean ${near}?`
    return { message: `there is no rule ${requested}; ${hint}` }
  }
  const { level, title, help, validExample, noInvalidExample } = RULES[id]
  const parts = [
    `${id}: ${title} (${level})`,
    help,
    ...(wrongExamples[id] ?? []).map((example) => `${example.title}:\n\n${indent(example.yaml)}`),
    ...(noInvalidExample === undefined ? [] : [`No file is wrong by itself: ${noInvalidExample}`]),
    ...(validExample === undefined ? [] : [`Right:\n\n${indent(validExample)}`]),
  ]
  return { text: `${parts.join('\n\n')}\n` }
}

function isRule(id: string): id is RuleId {
  return Object.hasOwn(RULES, id)
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n')
}
