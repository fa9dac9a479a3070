/** What cannot be had for now is asked for again after so many milliseconds. */
const ASK_AGAIN = 5_000;

/** Asks until there is an answer: again where it cannot be had for now. Returns how to stop. */
export function ask<R>(question: () => Promise<R>, answer: (found: R) => void): () => void {
  let isOver = false;
  let timer: ReturnType<typeof setTimeout>;

  async function attempt(): Promise<void> {
    try {
      const found = await question();
      if (!isOver) answer(found);
    } catch {
      if (!isOver) timer = setTimeout(() => void attempt(), ASK_AGAIN);
    }
  }

  void attempt();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
