import { type Locator, type Page, expect } from "@playwright/test";

/** The canvas of a journey, worked as a marketer works it: with the pointer. */
export class Canvas {
  readonly surface: Locator;
  readonly panel: Locator;
  private readonly palette: Locator;

  constructor(private readonly page: Page) {
    this.surface = page.getByRole("region", { name: "Canvas" });
    this.panel = page.getByRole("complementary", { name: "Properties" });
    this.palette = page.getByRole("complementary", { name: "Steps to add" });
  }

  /** The step of this name. */
  node(name: string | RegExp): Locator {
    return this.surface.getByRole("button", { name }).and(this.page.locator("[aria-pressed]"));
  }

  /** Drags a step from the palette to a place on the canvas, in pixels from its corner. */
  async drag(kind: string, x: number, y: number): Promise<void> {
    const [from, to] = [await box(this.palette.getByRole("button", { name: kind })), await box(this.surface)];
    await this.move(from.x + from.width / 2, from.y + from.height / 2, to.x + x, to.y + y);
  }

  /** Drags from a port of a step to another step. */
  async connect(port: string, to: Locator): Promise<void> {
    const [from, end] = [await box(this.surface.getByRole("img", { name: port })), await box(to)];
    await this.move(from.x + from.width / 2, from.y + from.height / 2, end.x + end.width / 2, end.y + end.height / 2);
  }

  /** Drags a step by so many pixels. */
  async moveBy(node: Locator, dx: number, dy: number): Promise<void> {
    const { x, y, width, height } = await box(node);
    await this.move(x + width / 2, y + height / 2, x + width / 2 + dx, y + height / 2 + dy);
  }

  /** Selects a step by pressing it, and waits for its properties. */
  async select(node: Locator): Promise<void> {
    const { x, y, width, height } = await box(node);
    await this.page.mouse.click(x + width / 2, y + height / 2);
    await expect(node).toHaveAttribute("aria-pressed", "true");
  }

  private async move(x: number, y: number, toX: number, toY: number): Promise<void> {
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
    await this.page.mouse.move((x + toX) / 2, (y + toY) / 2, { steps: 4 });
    await this.page.mouse.move(toX, toY, { steps: 4 });
    await this.page.mouse.up();
  }
}

async function box(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  await expect(locator).toBeVisible();
  const found = await locator.boundingBox();
  if (!found) throw new Error("it has no place on the page");
  return found;
}
