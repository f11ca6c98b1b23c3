// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IIndexOracle, IndexPrice} from "../interfaces/IIndexOracle.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {SourceStatus} from "../interfaces/IPriceSource.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Averages} from "../libraries/Averages.sol";
import {ParameterRange} from "../libraries/ParameterRange.sol";
import {Action, Price, Validity} from "../types/Price.sol";
import {ValidityLadder} from "./ValidityLadder.sol";

/// @title The mark: what positions are valued at
/// @notice The median of three views of the market, kept in a band around the index and under a speed limit, computed once per
/// block from the book as the block found it (mechanism section 5).
/// @dev A book without both a bid and an ask counts as one that quotes the index: averages then decay towards no basis at all.
/// Whatever the book says is clamped to the band before it enters an average, so that a thin book can move each by no more
/// than the band times its weight. Where the band and the speed limit disagree, because the index itself has jumped, the
/// mark goes to the band as fast as the limit lets it.
contract MarkPrice is IMarkPrice, AccessManaged {
    /// @notice How a market's mark and premium are made.
    /// @param band farthest the mark may be from the index, parts per million
    /// @param speed farthest the mark may move in a second, parts per million of itself
    /// @param midTau time constant of the average of (book mid - index), seconds
    /// @param quoteTau time constant of the average of (quoted price - index), seconds
    /// @param premiumTau time constant of the premium, seconds
    /// @param premiumInterval least time between two samples of the premium, seconds
    /// @param impactNotional size the premium is sampled at, quote, whole units
    /// @param impactOrders most resting orders walked for a sample, per side
    struct MarkConfig {
        uint24 band;
        uint24 speed;
        uint16 midTau;
        uint16 quoteTau;
        uint16 premiumTau;
        uint16 premiumInterval;
        uint32 impactNotional;
        uint8 impactOrders;
    }

    /// @inheritdoc IMarkPrice
    function limitsOf(uint8 market) external view returns (uint256 band, uint256 speed) {
        MarkConfig storage config = _configs[market];
        return (config.band, config.speed);
    }

    /// @notice The mark taken apart, at the index and the book of now. All quote per base, WAD.
    /// @param smoothedMid index + average of (book mid - index)
    /// @param quoted the middle one of best bid, best ask and last trade; the index without both quotes
    /// @param smoothedQuoted index + average of (quoted - index)
    /// @param low lower edge of the band, rounded up
    /// @param high upper edge of the band, rounded down
    /// @param mark what comes of it after band and speed limit
    struct MarkComponents {
        uint256 smoothedMid;
        uint256 quoted;
        uint256 smoothedQuoted;
        uint256 low;
        uint256 high;
        uint256 mark;
    }

    /// @dev The one slot later readers of a block read. `trust` is validity << 14 | confidence in 0.01 % of the index.
    struct Snapshot {
        uint88 mark;
        uint88 index;
        uint32 updatedAt;
        int32 premium;
        uint16 trust;
    }

    /// @dev Everything a block's price is made of but the book.
    struct Context {
        MarkConfig config;
        Snapshot last;
        Basis basis;
        IndexPrice index;
    }

    /// @dev Bases are quote per base, WAD; the premium is in 1e-12 so that short steps of a long average are not lost.
    struct Basis {
        int88 mid;
        int88 quoted;
        int48 premium;
        uint32 sampledAt;
    }

    uint256 private constant WAD = 1e18;
    uint256 private constant MILLION = 1e6;
    uint256 private constant CONFIDENCE_BITS = 14;
    uint256 private constant CONFIDENCE_MASK = (1 << CONFIDENCE_BITS) - 1;
    uint256 private constant CONFIDENCE_SCALE = 1e4;
    int256 private constant PREMIUM_UNIT = 1e9;
    int256 private constant BASIS_PREMIUM_UNIT = 1e6;

    /// @notice Whose quotes the mark looks at was named.
    event OrderBookSet(IOrderBook book);
    /// @notice How a market's mark is made has changed.
    event MarketSet(uint8 indexed market, MarkConfig config);

    /// @notice A market's prices for this block.
    /// @param mark quote per base, WAD
    /// @param index quote per base, WAD
    /// @param premium WAD fraction of the index, signed
    /// @param confidence quote per base, WAD
    /// @param validity of the index; mark, index and premium are held while it is STALE or INVALID
    event PriceUpdated(
        uint8 indexed market,
        uint256 mark,
        uint256 index,
        int256 premium,
        uint256 confidence,
        Validity validity
    );

    /// @notice Where the index comes from.
    IIndexOracle public immutable indexOracle;

    /// @notice Whose quotes the mark looks at; until it is set, the mark is the index.
    IOrderBook public orderBook;

    mapping(uint8 market => Snapshot) private _snapshots;
    mapping(uint8 market => Basis) private _bases;
    mapping(uint8 market => MarkConfig) private _configs;

    constructor(IIndexOracle oracle, address authority) AccessManaged(authority) {
        indexOracle = oracle;
    }

    /// @inheritdoc IMarkPrice
    /// @dev Before a market's first price, deposits and cancels get zeros and everything else reverts; the first must be VALID.
    /// Under STALE and INVALID: the last price, neither averages nor mark move.
    function priceFor(uint8 market, Action action) external returns (Price memory price) {
        Snapshot memory snapshot = _snapshots[market];
        if (snapshot.updatedAt != block.timestamp) snapshot = _refresh(market, snapshot);
        price = _price(snapshot);
        if (price.mark == 0 && (action == Action.DEPOSIT || action == Action.CANCEL)) return price;
        if (price.mark == 0 || !ValidityLadder.allows(action, price.validity)) {
            _refuse(market, action, price.validity);
        }
    }

    /// @notice Names the book. Restricted.
    function setOrderBook(IOrderBook book) external restricted {
        orderBook = book;
        emit OrderBookSet(book);
    }

    /// @notice Sets how a market's mark is made. Restricted.
    /// @dev Reverts with ParameterOutOfRange unless the band is 0.1 % to 50 %, the speed 0.001 % to 100 % a second, every time
    /// constant at least a second, the premium sampled at least once per time constant, and its walk 1 to 64 orders.
    function setMarket(uint8 market, MarkConfig calldata config) external restricted {
        ParameterRange.check("market", market, 0, 15);
        ParameterRange.check("band", config.band, 1_000, MILLION / 2);
        ParameterRange.check("speed", config.speed, 10, MILLION);
        ParameterRange.check("midTau", config.midTau, 1, type(uint16).max);
        ParameterRange.check("quoteTau", config.quoteTau, 1, type(uint16).max);
        ParameterRange.check("premiumTau", config.premiumTau, 1, type(uint16).max);
        ParameterRange.check("premiumInterval", config.premiumInterval, 1, config.premiumTau);
        ParameterRange.check("impactNotional", config.impactNotional, 1, type(uint32).max);
        ParameterRange.check("impactOrders", config.impactOrders, 1, 64);
        _configs[market] = config;
        emit MarketSet(market, config);
    }

    /// @inheritdoc IMarkPrice
    function peek(uint8 market) external view returns (Price memory price) {
        Snapshot memory snapshot = _snapshots[market];
        if (snapshot.updatedAt != block.timestamp) {
            (snapshot, ) = _next(market, _load(market, snapshot, indexOracle.indexOf(market)));
        }
        return _price(snapshot);
    }

    /// @notice The mark taken apart, at the index and the book of now, for showing why it is what it is.
    /// @dev While the index cannot move the mark, everything but `mark` is 0.
    function markComponents(uint8 market) external view returns (MarkComponents memory) {
        Context memory context = _load(market, _snapshots[market], indexOracle.indexOf(market));
        if (_usable(context)) return _components(market, context);
        return MarkComponents(0, 0, 0, 0, 0, context.last.mark);
    }

    /// @notice How a market's mark is made. The band is also what a reducing trade must keep to while the index is STALE.
    function configOf(uint8 market) external view returns (MarkConfig memory) {
        return _configs[market];
    }

    /// @dev Sources are asked for their failure on this path only: a price that is given pays nothing for it.
    function _refuse(uint8 market, Action action, Validity validity) private view {
        (address source, SourceStatus status) = indexOracle.failureOf(market);
        revert PriceNotUsable(market, action, validity, source, status);
    }

    function _refresh(uint8 market, Snapshot memory last) private returns (Snapshot memory snapshot) {
        Context memory context = _load(market, last, indexOracle.update(market));
        bool moved;
        (snapshot, moved) = _next(market, context);
        if (snapshot.mark == 0) return snapshot;
        _snapshots[market] = snapshot;
        if (moved) _bases[market] = context.basis;
        Price memory price = _price(snapshot);
        emit PriceUpdated(market, price.mark, price.index, price.premium, price.confidence, price.validity);
    }

    function _load(
        uint8 market,
        Snapshot memory last,
        IndexPrice memory index
    ) private view returns (Context memory context) {
        context.config = _configs[market];
        context.last = last;
        context.basis = _bases[market];
        context.index = index;
        if (context.config.band == 0) index.validity = Validity.INVALID;
    }

    /// @dev Whether the index may move the mark. The first must be VALID.
    function _usable(Context memory context) private pure returns (bool) {
        Validity validity = context.index.validity;
        return validity == Validity.VALID || (validity == Validity.UNCERTAIN && context.last.mark != 0);
    }

    /// @dev This block's snapshot, and whether the mark and its averages moved. Changes `context.basis`.
    function _next(uint8 market, Context memory context) private view returns (Snapshot memory next, bool moved) {
        IndexPrice memory index = context.index;
        next = context.last;
        moved = _usable(context);
        if (moved) {
            uint256 mark = _components(market, context).mark;
            _samplePremium(market, context);
            next.mark = uint88(mark);
            next.index = uint88(index.value);
            next.premium = int32(context.basis.premium / (PREMIUM_UNIT / BASIS_PREMIUM_UNIT));
        }
        next.updatedAt = uint32(block.timestamp);
        next.trust = _trust(index);
    }

    /// @dev Moves the two averages in `context.basis` and computes the mark from them.
    function _components(uint8 market, Context memory context) private view returns (MarkComponents memory components) {
        MarkConfig memory config = context.config;
        uint256 index = context.index.value;
        uint256 elapsed = context.last.mark == 0 ? 0 : block.timestamp - context.last.updatedAt;
        components.low = FixedPointMathLib.divUp(index * (MILLION - config.band), MILLION);
        components.high = (index * (MILLION + config.band)) / MILLION;

        uint256 mid;
        (mid, components.quoted) = _quotes(market, index);
        int256 midBasis = Averages.towards(
            context.basis.mid,
            int256(_clamp(mid, components.low, components.high)) - int256(index),
            elapsed,
            config.midTau
        );
        int256 quotedBasis = Averages.towards(
            context.basis.quoted,
            int256(_clamp(components.quoted, components.low, components.high)) - int256(index),
            elapsed,
            config.quoteTau
        );
        (context.basis.mid, context.basis.quoted) = (int88(midBasis), int88(quotedBasis));
        components.smoothedMid = _shifted(index, midBasis);
        components.smoothedQuoted = _shifted(index, quotedBasis);
        components.mark = _limited(components, context.last.mark, elapsed * config.speed);
    }

    /// @param pace parts per million of the last mark by which it may move
    function _limited(
        MarkComponents memory components,
        uint256 last,
        uint256 pace
    ) private pure returns (uint256 mark) {
        mark = Averages.middle(components.smoothedMid, components.quoted, components.smoothedQuoted);
        mark = _clamp(mark, components.low, components.high);
        if (last == 0) return mark;
        uint256 room = (last * pace) / MILLION;
        return _clamp(mark, last > room ? last - room : 0, last + room);
    }

    /// @dev The book's mid and its quoted price; the index for both while it has not both a bid and an ask.
    function _quotes(uint8 market, uint256 index) private view returns (uint256 mid, uint256 quoted) {
        IOrderBook book = orderBook;
        if (address(book) == address(0)) return (index, index);
        (uint256 bid, uint256 ask, uint256 last) = book.quotes(market);
        if (bid == 0 || ask == 0) return (index, index);
        mid = (bid + ask) / 2;
        quoted = last == 0 ? mid : Averages.middle(bid, ask, last);
    }

    /// @dev Takes a sample of the impact premium into its average if one is due and the index is VALID.
    function _samplePremium(uint8 market, Context memory context) private view {
        Basis memory basis = context.basis;
        uint256 elapsed = block.timestamp - basis.sampledAt;
        if (elapsed < context.config.premiumInterval || context.index.validity != Validity.VALID) return;
        if (basis.sampledAt != 0) {
            int256 sample = _impactPremium(market, context.config, context.index.value) / BASIS_PREMIUM_UNIT;
            basis.premium = int48(Averages.towards(basis.premium, sample, elapsed, context.config.premiumTau));
        }
        basis.sampledAt = uint32(block.timestamp);
    }

    /// @dev (max(0, impact bid - index) - max(0, index - impact ask)) / index within the band, WAD; 0 without a book.
    function _impactPremium(uint8 market, MarkConfig memory config, uint256 index) private view returns (int256) {
        IOrderBook book = orderBook;
        if (address(book) == address(0)) return 0;
        (uint256 bid, uint256 ask) = book.impactPrices(market, config.impactNotional * WAD, config.impactOrders);
        uint256 above = bid > index ? bid - index : 0;
        uint256 below = ask != 0 && ask < index ? index - ask : 0;
        uint256 bound = (index * config.band) / MILLION;
        int256 premium = int256(above < bound ? above : bound) - int256(below < bound ? below : bound);
        return (premium * int256(WAD)) / int256(index);
    }

    function _price(Snapshot memory snapshot) private pure returns (Price memory price) {
        price.mark = snapshot.mark;
        price.index = snapshot.index;
        price.premium = int256(snapshot.premium) * PREMIUM_UNIT;
        price.confidence = (price.index * (snapshot.trust & CONFIDENCE_MASK)) / CONFIDENCE_SCALE;
        price.validity = Validity(snapshot.trust >> CONFIDENCE_BITS);
    }

    /// @dev Confidence is rounded up to 0.01 % of the index; the index keeps it below 100 %.
    function _trust(IndexPrice memory index) private pure returns (uint16) {
        uint256 confidence;
        if (index.value != 0) confidence = FixedPointMathLib.divUp(index.confidence * CONFIDENCE_SCALE, index.value);
        return uint16((uint256(index.validity) << CONFIDENCE_BITS) | confidence);
    }

    function _shifted(uint256 index, int256 basis) private pure returns (uint256) {
        int256 shifted = int256(index) + basis;
        return shifted > 0 ? uint256(shifted) : 0;
    }

    function _clamp(uint256 value, uint256 low, uint256 high) private pure returns (uint256) {
        return
            value < low
                ? low
                : value > high
                    ? high
                    : value;
    }
}
