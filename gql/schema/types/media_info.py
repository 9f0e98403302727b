import strawberry


@strawberry.type(description="A property that MediaInfo found, such as `Format` or `Duration`.")
class MediaProperty:
    name: str = strawberry.field(description="The name of the property.")
    value: str = strawberry.field(description="The value, as MediaInfo writes it.")


@strawberry.type(description="A stream of a media file, or the file as a whole.")
class MediaTrack:
    kind: str = strawberry.field(
        description="`General` for the file as a whole, else such as `Video`, `Audio` or `Text`."
    )
    properties: list[MediaProperty] = strawberry.field(
        description="The properties of the track, in the order of the document."
    )


@strawberry.type(description="What MediaInfo says of a media file.")
class MediaInfo:
    tracks: list[MediaTrack] = strawberry.field(
        description="The file as a whole, then its streams."
    )
