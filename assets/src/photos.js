// Photos are made smaller before they are sent: a telephone's are several
// megabytes each, and what waits for the network has to fit in here.

const edge = 1600; // pixels of the longer side
const small = 300 * 1024; // bytes that aren't worth the trouble

export function watchPhotos() {
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("input[type=file][name=photos]")) shrinkAll(event.target);
  });
}

// shrinkAll replaces what was chosen once all of it is ready. A form sent
// before that sends the originals.
async function shrinkAll(input) {
  const chosen = [...input.files];
  const list = new DataTransfer();
  for (const file of chosen) list.items.add(await shrink(file).catch(() => file));
  const same = chosen.length === input.files.length && chosen.every((file, i) => file === input.files[i]);
  if (same) input.files = list.files; // else others were chosen meanwhile
}

// shrink draws a photo anew, upright. One that the browser can't read stays as it is.
async function shrink(file) {
  if (file.size <= small) return file;
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, edge / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // what is transparent would turn black
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const drawn = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
  if (!drawn || drawn.size >= file.size) return file;
  return new File([drawn], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
}
