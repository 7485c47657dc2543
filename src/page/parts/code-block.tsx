import type { ComponentChildren } from 'preact'

/** Preformatted lines, possibly wider or longer than their place: what scrolls must be reachable by keyboard. */
export function CodeBlock(props: {
  readonly name: string
  readonly class?: string
  readonly children: ComponentChildren
}) {
  const { name, children } = props
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: axe scrollable-region-focusable
    // biome-ignore lint/a11y/useSemanticElements: no field stands in it
    <pre class={props.class ?? ''} tabIndex={0} aria-label={name} role="group">
      {children}
    </pre>
  )
}
