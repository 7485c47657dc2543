/** An interpreter, by its name: what another program makes of its arguments, nobody knows here. */
const INTERPRETER =
  /^(?:.*\/)?(?:python|pypy|node|bun|deno|tsx|ts-node|sh|bash|dash|ksh|zsh|ruby|perl|php|lua|luajit)[\d.]*$/

/** Whether a program, by name or path, is one that runs the script among its arguments. */
export function isInterpreter(program: string): boolean {
  return INTERPRETER.test(program)
}
