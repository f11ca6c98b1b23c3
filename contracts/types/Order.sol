// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TickBitmap} from "../libraries/TickBitmap.sol";

/// @notice How long an order lives and what it may do on arrival (mechanism section 3).
/// LIMIT: takes what crosses, rests with the remainder until cancelled.
/// POST_ONLY: rests whole or reverts.
/// IMMEDIATE_OR_CANCEL: takes what crosses, the remainder lapses.
/// FILL_OR_KILL: takes its whole size or reverts.
/// MARKET: immediate-or-cancel whose price is a bound that need not lie on a tick.
enum OrderKind {
    LIMIT,
    POST_ONLY,
    IMMEDIATE_OR_CANCEL,
    FILL_OR_KILL,
    MARKET
}

/// @notice Why an order left the book other than by being filled.
/// OWNER: cancelled by its owner or operator. REPLACED: the same, within a replacement.
/// VOID: placed under an order epoch the account has left (cancel-all, liquidation).
/// SELF_TRADE: met by a taker of the same account.
/// REFUSED: met by a taker, but its account failed its margin, or it was reduce-only with nothing left to reduce.
/// LAPSED: still lay across the book after an auction's one price had been dealt at.
enum CancelReason {
    OWNER,
    REPLACED,
    VOID,
    SELF_TRADE,
    REFUSED,
    LAPSED
}

/// @notice What a trader asks for.
/// @param market market id
/// @param buy true to buy
/// @param kind how the order lives
/// @param reduceOnly clamp the size to the position it closes; the order never grows a position
/// @param maxMakers most resting orders to meet, void ones included; 0 or too many means the hard cap
/// @param price quote per base, WAD; a multiple of the tick size unless the kind is MARKET
/// @param size base, WAD; a multiple of the lot size unless reduce-only
struct OrderRequest {
    uint8 market;
    bool buy;
    OrderKind kind;
    bool reduceOnly;
    uint16 maxMakers;
    uint128 price;
    uint96 size;
}

/// @notice What became of a request.
/// @param orderId of the resting remainder; 0 if nothing rests
/// @param filled base, WAD
/// @param quote quote, WAD: sum of price * size over the fills, rounded down
struct Placement {
    uint64 orderId;
    uint96 filled;
    uint256 quote;
}

/// @notice A resting order, in one slot. Its market, side, price and place in the queue are in its id.
/// @param account whose it is
/// @param epoch the account's order epoch at placement
/// @param size base, WAD: what still rests; 0 for an order that does not exist
/// @param previous index of the order before it; 0 means the index before its own; of no meaning for the first of its level
/// @param next index of the order after it; 0 means the index after its own; of no meaning for the last of its level
/// @param reduceOnly may only shrink its account's position
struct Order {
    uint32 account;
    uint32 epoch;
    uint96 size;
    uint32 previous;
    uint32 next;
    bool reduceOnly;
}

/// @notice An Order as it is stored. Packed by hand: a member-wise copy costs a storage access per member.
type PackedOrder is uint256;

/// @notice The queue at one price. Once used its slot never returns to zero, so the next order there is cheaper.
/// @param first index of the earliest order; 0 if the level is empty
/// @param last index of the latest order
/// @param placed how many orders were ever placed here; indices start at 1
struct Level {
    uint32 first;
    uint32 last;
    uint32 placed;
}

/// @notice The grid and the bounds of one market's book.
/// @param tickSize quote per base, WAD, of one tick; fixed at listing
/// @param lotSize base, WAD: sizes are multiples of it
/// @param minimumSize base, WAD, a whole number of lots: nothing smaller rests, nothing smaller opens a position
/// @param priceBand parts per million: how far beyond the mark a taker may trade
struct BookConfig {
    uint64 tickSize;
    uint72 lotSize;
    uint96 minimumSize;
    uint24 priceBand;
}

/// @notice What every order of a market needs to know, in one slot. Tick 0 means none.
/// @param tickSize see BookConfig
/// @param lotSize see BookConfig
/// @param minimumLots BookConfig.minimumSize in lots
/// @param priceBand see BookConfig
/// @param bestBid highest tick with a resting bid, void ones included
/// @param bestAsk lowest tick with a resting ask, void ones included
/// @param lastTraded tick of the last fill
struct BookState {
    uint64 tickSize;
    uint72 lotSize;
    uint24 minimumLots;
    uint24 priceBand;
    uint24 bestBid;
    uint24 bestAsk;
    uint24 lastTraded;
}

/// @notice One side of a book.
/// @param ticks which levels hold orders
/// @param levels queue by tick
struct Side {
    TickBitmap.Bitmap ticks;
    mapping(uint256 tick => Level) levels;
}

/// @notice How far the end of an auction has got. COLLECTING: not begun. PRICING: the crossing orders are being counted.
/// MATCHING: they trade at the price found. LAPSING: what still lies across the book leaves it.
enum AuctionStage {
    COLLECTING,
    PRICING,
    MATCHING,
    LAPSING
}

/// @notice The end of an auction, from call to call. Ticks are effective: an order beyond the band counts at the band's edge.
/// @param stage how far it has got
/// @param bidsTake the bids are the longer side: they take, and pay the taker fee
/// @param low lowest tick of the band
/// @param high highest tick of the band
/// @param index tick of the index
/// @param lastBid tick of the last bid counted
/// @param lastAsk tick of the last ask counted
/// @param bidUsed base, WAD: what of the bid at the cursor is counted
/// @param bid cursor: the next bid to count, 0 after the last
/// @param ask cursor: the next ask to count, 0 after the last
/// @param askUsed base, WAD: what of the ask at the cursor is counted
/// @param clearing tick of the one price
/// @param counted base, WAD: volume at that price if every order is good for it
/// @param executed base, WAD: volume dealt so far
struct Auction {
    AuctionStage stage;
    bool bidsTake;
    uint24 low;
    uint24 high;
    uint24 index;
    uint24 lastBid;
    uint24 lastAsk;
    uint96 bidUsed;
    uint64 bid;
    uint64 ask;
    uint96 askUsed;
    uint24 clearing;
    uint128 counted;
    uint128 executed;
}

/// @notice The book of one market.
struct MarketBook {
    BookState state;
    mapping(uint256 id => PackedOrder) orders;
    Side bids;
    Side asks;
    Auction auction;
}

/// @notice A resting order as views show it.
/// @param orderId see OrderId
/// @param account whose it is
/// @param buy true for a bid
/// @param reduceOnly may only shrink its account's position
/// @param live false if its account's order epoch has moved on
/// @param price quote per base, WAD
/// @param size base, WAD: what still rests
/// @param epoch the account's order epoch at placement
struct OrderView {
    uint64 orderId;
    uint32 account;
    bool buy;
    bool reduceOnly;
    bool live;
    uint128 price;
    uint96 size;
    uint32 epoch;
}

/// @notice The live orders at one price.
/// @param price quote per base, WAD
/// @param size base, WAD: sum of the live orders
/// @param orders how many of them
struct LevelView {
    uint256 price;
    uint256 size;
    uint256 orders;
}

using {pack} for Order global;
using {
    unpack,
    accountOf,
    epochOf,
    isReduceOnly,
    sizeOf,
    nextIndex,
    withSize,
    withNext,
    withPrevious
} for PackedOrder global;

/// @dev From the top: reduceOnly 8, next 32, previous 32, epoch 32, account 32, size 96.
function pack(Order memory order) pure returns (PackedOrder) {
    uint256 links = (uint256(order.next) << 192) | (uint256(order.previous) << 160);
    uint256 who = (uint256(order.epoch) << 128) | (uint256(order.account) << 96);
    return PackedOrder.wrap((order.reduceOnly ? 1 << 224 : 0) | links | who | order.size);
}

function unpack(PackedOrder packed) pure returns (Order memory order) {
    uint256 word = PackedOrder.unwrap(packed);
    order.reduceOnly = word >> 224 != 0;
    order.next = uint32(word >> 192);
    order.previous = uint32(word >> 160);
    order.epoch = uint32(word >> 128);
    order.account = uint32(word >> 96);
    order.size = uint96(word);
}

function accountOf(PackedOrder packed) pure returns (uint32) {
    return uint32(PackedOrder.unwrap(packed) >> 96);
}

function epochOf(PackedOrder packed) pure returns (uint32) {
    return uint32(PackedOrder.unwrap(packed) >> 128);
}

function isReduceOnly(PackedOrder packed) pure returns (bool) {
    return PackedOrder.unwrap(packed) >> 224 != 0;
}

function sizeOf(PackedOrder packed) pure returns (uint96) {
    return uint96(PackedOrder.unwrap(packed));
}

/// @dev The index after an order's own, whose index is given.
function nextIndex(PackedOrder packed, uint32 index) pure returns (uint32 next) {
    next = uint32(PackedOrder.unwrap(packed) >> 192);
    if (next == 0) next = index + 1;
}

function withSize(PackedOrder packed, uint96 size) pure returns (PackedOrder) {
    return PackedOrder.wrap((PackedOrder.unwrap(packed) & ~uint256(type(uint96).max)) | size);
}

function withNext(PackedOrder packed, uint32 index) pure returns (PackedOrder) {
    uint256 others = PackedOrder.unwrap(packed) & ~(uint256(type(uint32).max) << 192);
    return PackedOrder.wrap(others | (uint256(index) << 192));
}

function withPrevious(PackedOrder packed, uint32 index) pure returns (PackedOrder) {
    uint256 others = PackedOrder.unwrap(packed) & ~(uint256(type(uint32).max) << 160);
    return PackedOrder.wrap(others | (uint256(index) << 160));
}
