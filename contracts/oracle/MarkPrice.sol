// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IIndexOracle, IndexPrice} from "../interfaces/IIndexOracle.sol";
import {IMarketGuard} from "../interfaces/IMarketGuard.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IPriceSource, SourceStatus} from "../interfaces/IPriceSource.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Averages} from "../libraries/Averages.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {ParameterRange} from "../libraries/ParameterRange.sol";
import {Clamp, Component, MarkComponents} from "../types/MarkComponents.sol";
import {Action, Phase, Price, Validity} from "../types/Price.sol";
import {ValidityLadder} from "./ValidityLadder.sol";

/// @title The mark: what positions are valued at
/// @notice The median of three views of the market, kept in a band around the index and under a speed limit, computed once per
/// block from the book as the block found it (mechanism section 5).
/// @dev A book without both a bid and an ask counts as one that quotes the index: averages then decay towards no basis at all.
/// Whatever the book says is clamped to the band before it enters an average, so that a thin book can move each by no more
/// than the band times its weight. Where the band and the speed limit disagree, because the index itself has jumped, the
/// mark goes to the band as fast as the limit lets it.
///
/// The market guard is told what the book quotes before any of that, clamped only to between half and twice the index: band and
/// speed limit would hide where a squeezed book has gone. While it holds the market in LIMITED or CLOSED the book counts as one that
/// quotes within the guard's band; in PAUSED and AUCTION, when quotes bind nobody, as one that quotes the index.
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

    /// @dev The one slot later readers of a block read. `premium` is a fraction of the index in units of 2e-9, in the upper 29 bits,
    /// above the guard's phase: +-53 %, more than any band. `trust` is validity << 14 | confidence in 0.01 % of the index.
    struct Snapshot {
        uint88 mark;
        uint88 index;
        uint32 updatedAt;
        int32 premium;
        uint16 trust;
    }

    /// @dev Everything a block's price is made of. `mid` and `quoted` are the book's, or the index while it has not both a bid and an
    /// ask; `low` and `high` are the guard's band.
    struct Context {
        MarkConfig config;
        Snapshot last;
        Basis basis;
        IndexPrice index;
        uint256 mid;
        uint256 quoted;
        Phase phase;
        uint256 low;
        uint256 high;
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
    int256 private constant PREMIUM_UNIT = 2e9;
    int256 private constant BASIS_PREMIUM_UNIT = 1e6;
    uint256 private constant PHASE_BITS = 3;
    int256 private constant PHASE_SPAN = int256(1 << PHASE_BITS);
    int32 private constant PHASE_MASK = int32(PHASE_SPAN - 1);
    uint256 private constant PERP_GAS = 200_000;

    /// @notice The call has too little gas to read the perpetual elsewhere; with little gas it could be left out at will.
    error NotEnoughGas(uint256 available, uint256 needed);
    /// @notice A parameter breaks a rule. `value` and `limit` are in the parameter's own unit.
    error UnsafeParameter(string rule, uint256 value, uint256 limit);
    /// @notice Guards cannot be exchanged while one holds orders in an auction.
    error AuctionUnderWay(uint8 market);

    /// @notice Whose margins bound what a mark may do was named.
    event LedgerSet(IClearingHouse ledger);
    /// @notice Whose quotes the mark looks at was named.
    event OrderBookSet(IOrderBook book);
    /// @notice Who guards the markets was named; zero for nobody, and then every market is OPEN.
    event GuardSet(IMarketGuard guard);
    /// @notice How a market's mark is made has changed.
    event MarketSet(uint8 indexed market, MarkConfig config);
    /// @notice The perpetual elsewhere that a mark looks at was named; zero for none.
    event PerpSourceSet(uint8 indexed market, IPriceSource source);

    /// @notice A market's prices for this block.
    /// @param mark quote per base, WAD
    /// @param index quote per base, WAD
    /// @param premium WAD fraction of the index, signed
    /// @param confidence quote per base, WAD
    /// @param validity of the index; mark, index and premium are held while it is STALE or INVALID
    /// @param phase what the market guard lets the book do
    event PriceUpdated(
        uint8 indexed market,
        uint256 mark,
        uint256 index,
        int256 premium,
        uint256 confidence,
        Validity validity,
        Phase phase
    );

    /// @notice Where the index comes from.
    IIndexOracle public immutable indexOracle;

    /// @notice Whose quotes the mark looks at; until it is set, the mark is the index.
    IOrderBook public orderBook;

    /// @dev Bit m is set if market m has a perpetual elsewhere. Shares the book's slot, which every first of a block reads anyway.
    uint16 private _elsewhere;

    /// @inheritdoc IMarkPrice
    IMarketGuard public guard;

    /// @notice A perpetual on the same base elsewhere, if the mark looks at one.
    mapping(uint8 market => IPriceSource) public perpSource;

    mapping(uint8 market => Snapshot) private _snapshots;
    mapping(uint8 market => Basis) private _bases;
    mapping(uint8 market => MarkConfig) private _configs;

    /// @notice Whose margins bound what a mark may do; until it is named, nothing but the ranges of `setMarket` does.
    IClearingHouse public ledger;

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

    /// @notice Names the ledger that takes its marks from here. Restricted. It may be exchanged, not taken away.
    /// @dev Reverts with UnsafeParameter unless it is a contract, and if the mark of a market it lists is unsafe at its margin.
    function setLedger(IClearingHouse newLedger) external restricted {
        if (address(newLedger).code.length == 0) revert UnsafeParameter("ledger is a contract", 0, 1);
        for (uint8 market = 0; market < 16; ++market) {
            MarkConfig storage config = _configs[market];
            newLedger.requireSafeMark(market, config.band, config.speed);
        }
        ledger = newLedger;
        emit LedgerSet(newLedger);
    }

    /// @notice Names the book. Restricted.
    function setOrderBook(IOrderBook book) external restricted {
        orderBook = book;
        emit OrderBookSet(book);
    }

    /// @notice Names who guards the markets, the zero address for nobody, which opens those that were held at once. Restricted.
    /// @dev Reverts with AuctionUnderWay while a market is in an auction: the book may then lie across itself.
    function setGuard(IMarketGuard newGuard) external restricted {
        for (uint8 market = 0; market < 16; ++market) {
            Snapshot storage snapshot = _snapshots[market];
            Phase phase = _phaseOf(snapshot);
            if (phase == Phase.AUCTION) revert AuctionUnderWay(market);
            // Nobody is left whom the rest of the block could ask how far a market that is held may trade.
            if (phase != Phase.OPEN && address(newGuard) == address(0)) snapshot.premium &= ~PHASE_MASK;
        }
        guard = newGuard;
        emit GuardSet(newGuard);
    }

    /// @notice Names the perpetual elsewhere that a market's mark looks at, the zero address for none. Restricted.
    /// @dev Reverts with ParameterOutOfRange unless the market id is below 16.
    function setPerpSource(uint8 market, IPriceSource source) external restricted {
        ParameterRange.check("market", market, 0, 15);
        uint16 bit = uint16(1 << market);
        _elsewhere = address(source) == address(0) ? _elsewhere & ~bit : _elsewhere | bit;
        perpSource[market] = source;
        emit PerpSourceSet(market, source);
    }

    /// @notice Sets how a market's mark is made. Restricted.
    /// @dev Reverts with ParameterOutOfRange unless the band is 0.1 % to 50 %, the speed 0.001 % to 100 % a second, every time
    /// constant at least a second, the premium sampled at least once per time constant, and its walk 1 to 64 orders; with
    /// UnsafeParameter if the band is too wide, or the speed too high, for the margin of the market as the ledger lists it.
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
        if (address(ledger) != address(0)) ledger.requireSafeMark(market, config.band, config.speed);
        _configs[market] = config;
        emit MarketSet(market, config);
    }

    /// @inheritdoc IMarkPrice
    function peek(uint8 market) external view returns (Price memory price) {
        Snapshot memory snapshot = _snapshots[market];
        if (snapshot.updatedAt != block.timestamp) {
            Context memory context = _load(market, snapshot, indexOracle.indexOf(market));
            _preview(market, context);
            (snapshot, ) = _next(market, context);
        }
        return _price(snapshot);
    }

    /// @notice The mark taken apart, at the index and the book of now, for showing why it is what it is.
    /// @dev While the index cannot move the mark, everything but `mark` and `phase` is 0.
    function markComponents(uint8 market) external view returns (MarkComponents memory components) {
        Context memory context = _load(market, _snapshots[market], indexOracle.indexOf(market));
        _preview(market, context);
        if (_usable(context)) return _components(market, context);
        components.mark = context.last.mark;
        components.phase = context.phase;
    }

    /// @inheritdoc IMarkPrice
    function limitsOf(uint8 market) external view returns (uint256 band, uint256 speed) {
        MarkConfig storage config = _configs[market];
        return (config.band, config.speed);
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
        IMarketGuard guard_ = guard;
        if (address(guard_) != address(0)) {
            (context.phase, context.low, context.high) = guard_.observe(
                market,
                _observed(context),
                context.index.value
            );
        }
        bool moved;
        (snapshot, moved) = _next(market, context);
        if (snapshot.mark == 0) return snapshot;
        _snapshots[market] = snapshot;
        if (moved) _bases[market] = context.basis;
        Price memory price = _price(snapshot);
        emit PriceUpdated(
            market,
            price.mark,
            price.index,
            price.premium,
            price.confidence,
            price.validity,
            price.phase
        );
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
        if (_usable(context)) (context.mid, context.quoted) = _quotes(market, index.value);
    }

    /// @dev The guard's word in a view.
    function _preview(uint8 market, Context memory context) private view {
        IMarketGuard guard_ = guard;
        if (address(guard_) == address(0)) return;
        (context.phase, context.low, context.high) = guard_.preview(market, _observed(context), context.index.value);
    }

    /// @dev What the guard is told of the book; nothing while the index is not VALID, for then there is nothing to hold it against.
    function _observed(Context memory context) private pure returns (uint256) {
        if (context.index.validity != Validity.VALID) return 0;
        return _clamp(context.quoted, context.index.value / 2, context.index.value * 2);
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
            int256 units = int256(context.basis.premium) / (PREMIUM_UNIT / BASIS_PREMIUM_UNIT);
            next.premium = int32(units << PHASE_BITS);
        }
        next.updatedAt = uint32(block.timestamp);
        next.trust = _trust(index);
        next.premium = (next.premium & ~PHASE_MASK) | int32(uint32(context.phase));
    }

    /// @dev Moves the two averages in `context.basis` and computes the mark from them.
    function _components(uint8 market, Context memory context) private view returns (MarkComponents memory components) {
        MarkConfig memory config = context.config;
        uint256 index = context.index.value;
        uint256 elapsed = context.last.mark == 0 ? 0 : block.timestamp - context.last.updatedAt;
        components.phase = context.phase;
        components.low = FixedPointMathLib.divUp(index * (MILLION - config.band), MILLION);
        components.high = (index * (MILLION + config.band)) / MILLION;
        if (context.phase == Phase.CLOSED) {
            components.low = FixedPointMathLib.max(components.low, context.low);
            components.high = FixedPointMathLib.min(components.high, context.high);
        }
        components.quoted = _trusted(context, context.quoted);

        int256 midBasis = Averages.towards(
            context.basis.mid,
            int256(_clamp(_trusted(context, context.mid), components.low, components.high)) - int256(index),
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
        components.perp = _perp(market);
        _choose(components, context.last.mark, elapsed * config.speed);
    }

    /// @dev Sets median, mark, and what they come from.
    /// @param pace parts per million of the last mark by which it may move
    function _choose(MarkComponents memory components, uint256 last, uint256 pace) private pure {
        bool elsewhere = components.perp != 0;
        uint256 third = elsewhere ? components.perp : components.smoothedQuoted;
        uint256 median = Averages.middle(components.smoothedMid, components.quoted, third);
        components.median = median;
        if (median == components.quoted) components.active = Component.QUOTED;
        else if (median == components.smoothedMid) components.active = Component.SMOOTHED_MID;
        else components.active = elsewhere ? Component.PERP : Component.SMOOTHED_QUOTED;

        uint256 banded = _clamp(median, components.low, components.high);
        if (banded != median) components.clamp = Clamp.BAND;
        components.mark = banded;
        if (last == 0) return;
        uint256 room = (last * pace) / MILLION;
        components.mark = _clamp(banded, FixedPointMathLib.saturatingSub(last, room), last + room);
        if (components.mark != banded) components.clamp = Clamp.SPEED;
    }

    /// @dev What the book is taken to quote in the phase it is in.
    function _trusted(Context memory context, uint256 quote) private pure returns (uint256) {
        if (context.phase == Phase.OPEN) return quote;
        if (_quotesBind(context.phase)) return _clamp(quote, context.low, context.high);
        return context.index.value;
    }

    /// @dev Whether who rests in the book can be traded with at once by all who are to.
    function _quotesBind(Phase phase) private pure returns (bool) {
        return phase != Phase.PAUSED && phase != Phase.AUCTION;
    }

    /// @dev The perpetual elsewhere, 0 if there is none or its word is not usable: then the book's own average stands in for it.
    function _perp(uint8 market) private view returns (uint256) {
        if ((_elsewhere >> market) & 1 == 0) return 0;
        IPriceSource source = perpSource[market];
        uint256 needed = (PERP_GAS * 64) / 63 + 5_000;
        if (gasleft() < needed) revert NotEnoughGas(gasleft(), needed);
        (BoundedCall.Outcome outcome, uint256[5] memory words) = BoundedCall.read(
            address(source),
            PERP_GAS,
            abi.encodeCall(IPriceSource.read, (market))
        );
        bool usable = outcome == BoundedCall.Outcome.OK && words[0] == uint256(SourceStatus.OK);
        return usable && words[1] <= type(uint88).max ? words[1] : 0;
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
            int256 sample;
            if (_quotesBind(context.phase)) {
                sample = _impactPremium(market, context.config, context.index.value) / BASIS_PREMIUM_UNIT;
            }
            basis.premium = int48(Averages.towards(basis.premium, sample, elapsed, context.config.premiumTau));
        }
        basis.sampledAt = uint32(block.timestamp);
    }

    /// @dev (max(0, impact bid - index) - max(0, index - impact ask)) / index within the band, WAD; 0 without a book.
    function _impactPremium(uint8 market, MarkConfig memory config, uint256 index) private view returns (int256) {
        IOrderBook book = orderBook;
        if (address(book) == address(0)) return 0;
        (uint256 bid, uint256 ask) = book.impactPrices(market, config.impactNotional * WAD, config.impactOrders);
        uint256 above = FixedPointMathLib.saturatingSub(bid, index);
        uint256 below = ask == 0 ? 0 : FixedPointMathLib.saturatingSub(index, ask);
        uint256 bound = (index * config.band) / MILLION;
        int256 premium = int256(above < bound ? above : bound) - int256(below < bound ? below : bound);
        return (premium * int256(WAD)) / int256(index);
    }

    function _price(Snapshot memory snapshot) private pure returns (Price memory price) {
        price.mark = snapshot.mark;
        price.index = snapshot.index;
        price.premium = int256(snapshot.premium >> PHASE_BITS) * PREMIUM_UNIT;
        price.confidence = (price.index * (snapshot.trust & CONFIDENCE_MASK)) / CONFIDENCE_SCALE;
        price.validity = Validity(snapshot.trust >> CONFIDENCE_BITS);
        price.phase = _phaseOf(snapshot);
    }

    function _phaseOf(Snapshot memory snapshot) private pure returns (Phase) {
        return Phase(uint8(uint32(snapshot.premium & PHASE_MASK)));
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
