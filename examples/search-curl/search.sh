#!/bin/sh
# Searches in every way, with curl alone: search.sh URL PICTURE LINK IMAGE_ID ALBUM
# LOOKALIKE_API_KEY is shown where it is set.
set -eu
url=$1 picture=$2 link=$3 image_id=$4 album=$5

ask() {
  curl --silent --show-error --fail-with-body ${LOOKALIKE_API_KEY:+--header "Authorization: Bearer $LOOKALIKE_API_KEY"} "$@"
}
search() {
  ask "$url/v1/search" --header 'Content-Type: application/json' --data @-
}
# What was found, best first.
ids() {
  echo "$1: $(grep -o '"imageId":"[^"]*"' | cut -d '"' -f 4 | paste -s -d ' ' -)"
}

# By a picture that is uploaded. Fields that are objects are JSON.
ask "$url/v1/search" --form limit=2 --form region='{"left": 0, "top": 0, "width": 0.9, "height": 0.9}' --form "file=@$picture" | ids upload

# By a picture on the web, which the server fetches.
echo "{\"link\": \"$link\", \"limit\": 2}" | search | ids link

# By an image of the collection. In a path its id is percent-encoded.
echo "{\"imageId\": \"$image_id\", \"limit\": 2}" | search | ids id
ask "$url/v1/images/$(printf %s "$image_id" | sed 's/ /%20/g; s,/,%2F,g')/similar?limit=2" | ids similar

# By a vector: here that of the picture's best match.
vector=$(ask "$url/v1/search" --form limit=1 --form include=vectors --form "file=@$picture" | sed 's/.*"vectors":{"[^"]*":\(\[[^]]*\]\)}.*/\1/')
echo "{\"vector\": $vector, \"limit\": 2}" | search | ids vector

# Only among some of the images.
echo "{\"imageId\": \"$image_id\", \"filter\": {\"attribute\": \"album\", \"equals\": \"$album\"}}" | search | ids filter

# Page by page.
cursor=
while :; do
  answer=$(echo "{\"imageId\": \"$image_id\", \"limit\": 2${cursor:+, \"cursor\": \"$cursor\"}}" | search)
  echo "$answer" | ids page
  cursor=$(echo "$answer" | sed -n 's/.*"nextCursor":"\([^"]*\)".*/\1/p')
  [ -n "$cursor" ] || break
done

# What is refused has a code.
echo '{"imageId": "nobody"}' | search | grep -o '"code":"[^"]*"' || true
