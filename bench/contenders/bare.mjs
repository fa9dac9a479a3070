/** axios alone: what everything else is compared with. */
export const bare = { name: 'bare axios', attach: () => undefined };
