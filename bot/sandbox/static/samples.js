// What a person may send without having a file at hand: small pictures drawn here, a short document, a card, a place.

const WIDTH = 640;
const HEIGHT = 420;

function canvas(width, height, draw) {
  const node = Object.assign(document.createElement('canvas'), { width, height });
  draw(node.getContext('2d'), width, height);
  return node;
}

async function bytes(node, type) {
  const blob = await new Promise((resolve) => node.toBlob(resolve, type, 0.85));
  return base64(blob);
}

/** The bytes of a file or blob in base64. */
export async function base64(blob) {
  const address = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(reader.result));
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
  return address.slice(address.indexOf(',') + 1);
}

function backdrop(context, width, height, [from, to]) {
  const fill = context.createLinearGradient(0, 0, width, height);
  fill.addColorStop(0, from);
  fill.addColorStop(1, to);
  context.fillStyle = fill;
  context.fillRect(0, 0, width, height);
}

function face(context, x, y, size) {
  context.fillStyle = '#f3c9a5';
  context.beginPath();
  context.arc(x, y, size, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = '#4a3527';
  context.beginPath();
  context.arc(x, y - size * 0.25, size * 1.02, Math.PI, Math.PI * 2);
  context.fill();
  for (const side of [-1, 1]) {
    context.beginPath();
    context.arc(x + side * size * 0.35, y + size * 0.1, size * 0.08, 0, Math.PI * 2);
    context.fill();
  }
  context.strokeStyle = '#8c4a3a';
  context.lineWidth = size * 0.07;
  context.lineCap = 'round';
  context.beginPath();
  context.arc(x, y + size * 0.25, size * 0.38, 0.25, Math.PI - 0.25);
  context.stroke();
}

function identityCard(name) {
  return canvas(WIDTH, HEIGHT, (context, width, height) => {
    backdrop(context, width, height, ['#7c6a58', '#53463a']);
    context.fillStyle = '#e9f1f6';
    context.beginPath();
    context.roundRect(50, 50, width - 100, height - 100, 22);
    context.fill();
    context.fillStyle = '#2a6f9e';
    context.fillRect(50, 78, width - 100, 40);
    context.fillStyle = '#ffffff';
    context.font = '600 20px sans-serif';
    context.fillText('SAMPLE IDENTITY CARD', 74, 105);
    context.fillStyle = '#bcd3e2';
    context.fillRect(78, 146, 130, 160);
    context.save();
    context.beginPath();
    context.rect(78, 146, 130, 160);
    context.clip();
    face(context, 143, 226, 46);
    context.fillStyle = '#3d6c8c';
    context.fillRect(98, 276, 90, 40);
    context.restore();
    context.fillStyle = '#1f3a4d';
    context.font = '600 24px sans-serif';
    context.fillText(name.slice(0, 22), 236, 178);
    context.font = '18px monospace';
    ['01.01.1990', 'No. X0000000', 'SPECIMEN'].forEach((line, index) => context.fillText(line, 236, 216 + index * 32));
    context.fillText('P<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<'.slice(0, 42), 74, 346);
  });
}

const view = (hue, label) =>
  canvas(WIDTH, HEIGHT, (context, width, height) => {
    backdrop(context, width, height, [`hsl(${hue} 70% 70%)`, `hsl(${hue + 40} 60% 42%)`]);
    context.fillStyle = '#ffffffcc';
    context.beginPath();
    context.arc(width * 0.74, height * 0.28, 44, 0, Math.PI * 2);
    context.fill();
    for (const [shade, base, swing] of [[30, 0.62, 34], [22, 0.76, 26]]) {
      context.fillStyle = `hsl(${hue + 20} 45% ${shade}%)`;
      context.beginPath();
      context.moveTo(0, height);
      for (let x = 0; x <= width; x += 16) context.lineTo(x, height * base + Math.sin(x / 70 + shade) * swing);
      context.lineTo(width, height);
      context.fill();
    }
    context.fillStyle = '#ffffff';
    context.font = '600 30px sans-serif';
    context.fillText(label, 28, height - 28);
  });

const smiley = () =>
  canvas(512, 512, (context) => {
    context.fillStyle = '#ffd24a';
    context.strokeStyle = '#ffffff';
    context.lineWidth = 18;
    context.beginPath();
    context.arc(256, 256, 220, 0, Math.PI * 2);
    context.fill();
    context.stroke();
    context.fillStyle = '#3b2d12';
    for (const x of [180, 332]) {
      context.beginPath();
      context.ellipse(x, 210, 24, 40, 0, 0, Math.PI * 2);
      context.fill();
    }
    context.beginPath();
    context.arc(256, 290, 110, 0, Math.PI);
    context.fill();
    context.fillStyle = '#ff6b6b';
    context.beginPath();
    context.ellipse(256, 372, 52, 30, 0, 0, Math.PI * 2);
    context.fill();
  });

const NOTE = 'A sample file.\nIt stands for whatever a person might attach: a statement, a receipt, a log.\n';

/** Fields of the `media` act for a sample of that sort. */
export async function sample(sort, name) {
  switch (sort) {
    case 'photo': return {
      kind: 'photo',
      data: await bytes(identityCard(name), 'image/jpeg'),
      name: 'card.jpg',
      mime: 'image/jpeg',
    };
    case 'hidden': return {
      kind: 'photo',
      data: await bytes(view(210, 'A hidden picture'), 'image/jpeg'),
      name: 'hidden.jpg',
      mime: 'image/jpeg',
      spoiler: true,
    };
    case 'sticker': return {
      kind: 'sticker',
      data: await bytes(smiley(), 'image/webp'),
      name: 'sticker.webp',
      mime: 'image/webp',
    };
    case 'voice': return {
      kind: 'voice',
      data: await base64(await (await fetch('/sandbox/voice.ogg')).blob()),
      name: 'voice.ogg',
      mime: 'audio/ogg',
    };
    case 'large': return {
      kind: 'document',
      data: btoa(NOTE),
      name: 'large-recording.zip',
      mime: 'application/zip',
      size: 25 * 1024 * 1024,
    };
    default: return { kind: 'document', data: btoa(NOTE), name: 'statement.txt', mime: 'text/plain' };
  }
}

/** Items of the `album` act. */
export function album() {
  return Promise.all([20, 150, 260].map(async (hue, index) => ({
    kind: 'photo',
    data: await bytes(view(hue, `Picture ${index + 1} of 3`), 'image/jpeg'),
  })));
}
