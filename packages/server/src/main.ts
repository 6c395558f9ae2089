import { useCompileCache } from "./cli/compile-cache.ts";

useCompileCache();
const { serve } = await import("./cli/serve.ts");
await serve();
