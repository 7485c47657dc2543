import type { Span } from './spans.ts'

/** What the YAML parser reports; `pos` are offsets in the text. */
export interface YamlProblem {
  readonly code: string
  readonly message: string
  readonly pos: Span
}

/** Problems that leave the rest of the file readable. */
const RECOVERABLE = ['TAG_RESOLVE_FAILED', 'BAD_DQ_ESCAPE', 'BAD_DIRECTIVE', 'BAD_SCALAR_START']

/** Whether what follows is read by guessing, so that its problems are consequences. */
export function isUnrecoverable({ code }: YamlProblem): boolean {
  return !RECOVERABLE.includes(code)
}

/** The problems to report: those behind the first unrecoverable one are consequences of it, as are further ones at one place or in one text. */
export function reportableProblems<Problem extends YamlProblem>(
  problems: readonly Problem[],
  text: string,
): readonly Problem[] {
  const at = problems.findIndex(isUnrecoverable)
  const reported = at < 0 ? problems : problems.slice(0, at + 1)
  return reported.filter((problem, index) => {
    const [before, next] = [reported[index - 1], reported[index + 1]]
    const isOfOneText = before?.code === problem.code && !text.slice(before.pos[0], problem.pos[0]).includes('"')
    return next?.pos[0] !== problem.pos[0] && !(problem.code === 'BAD_DQ_ESCAPE' && isOfOneText)
  })
}
