#!/bin/sh
# Fetches the typeface that letters are set in and puts it where fonts.go
# embeds it. Runs before "go build"; does nothing when the files are there.
set -eu
cd "$(dirname "$0")"
package=node_modules/@expo-google-fonts/noto-serif-sc
if [ -s dist/NotoSerifSC-Regular.ttf ] && [ -s dist/NotoSerifSC-Bold.ttf ] && [ dist/OFL.txt -nt package-lock.json ]; then
	exit 0
fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
mkdir -p dist
cp "$package/400Regular/NotoSerifSC_400Regular.ttf" dist/NotoSerifSC-Regular.ttf
cp "$package/700Bold/NotoSerifSC_700Bold.ttf" dist/NotoSerifSC-Bold.ttf
cp "$package/LICENSE_FONT" dist/OFL.txt
touch dist/OFL.txt
rm -rf node_modules
