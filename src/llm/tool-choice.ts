import { isObject } from '../core/json.ts'

/**
 * The tool_choice of the turns after the first.
 *
 * `auto` and `none` hold on. A choice that forces a call has been obeyed by then; kept, it would force the next call,
 * and the model could never answer.
 */
export function followUpChoice(choice: unknown): unknown {
  if (choice === 'auto' || choice === 'none') return choice
  const allowed = isObject(choice) && choice.type === 'allowed_tools' ? choice.allowed_tools : undefined
  return isObject(choice) && isObject(allowed) ? { ...choice, allowed_tools: { ...allowed, mode: 'auto' } } : undefined
}
