// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {IOpenInterestCaps} from "../../contracts/interfaces/IOpenInterestCaps.sol";
import {IOrderBook} from "../../contracts/interfaces/IOrderBook.sol";
import {IPriceSource} from "../../contracts/interfaces/IPriceSource.sol";
import {InsuranceFund} from "../../contracts/InsuranceFund.sol";
import {OrderBook} from "../../contracts/OrderBook.sol";
import {ListingLogic} from "../../contracts/logic/ListingLogic.sol";
import {OpenInterestCaps} from "../../contracts/risk/OpenInterestCaps.sol";
import {Module} from "../../contracts/types/Ledger.sol";
import {MarketConfig} from "../../contracts/types/Market.sol";
import {BookConfig} from "../../contracts/types/Order.sol";
import {SpotAsset} from "../../contracts/types/SpotAsset.sol";
import {BackstopVault} from "../../contracts/vaults/BackstopVault.sol";
import {ExchangeWatch} from "./ExchangeWatch.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";

/// @title What governance may list, and what it may change of what is listed: markets, spot, books, caps, modules
/// @notice Each call sets values that the lints take and tries one that they must refuse.
contract ListingHandler is ExchangeWatch {
    /// @dev Markets are listed up to here; nobody trades in those beyond the first two, which have no prices.
    uint8 private constant LISTED = 5;

    OrderBook private immutable BOOK;
    OpenInterestCaps private immutable OTHER_CAPS;
    uint8 private _next = 2;

    constructor(ExchangeWorld world_) ExchangeWatch(world_) {
        BOOK = world_.book();
        OTHER_CAPS = new OpenInterestCaps(
            house,
            world_.marks(),
            world_.backstop(),
            world_.fund(),
            world_.caps().authority()
        );
    }

    // ---- markets and spot --------------------------------------------------------------------------------------------

    /// @notice Another margin, maturity and open interest of a market that is being traded.
    function changeMarket(uint256 seed, uint8 market) external watched(0, 0) {
        market %= 2;
        MarketConfig memory config = house.marketConfig(market);
        config.initialMarginRate = uint24(draw(seed, 0, 95_000, 120_000));
        config.backstopThreshold = uint24(draw(seed, 1, 0, 1_000_000));
        config.maturity = seed % 4 == 0 ? 0 : uint32(draw(seed, 2, 72 minutes, 3 hours));
        config.keptRate = seed % 4 == 1 ? 0 : uint24(draw(seed, 3, config.initialMarginRate, 500_000));
        config.hedgedMaintenance = uint24(draw(seed, 4, 1_000, config.initialMarginRate / 2));
        config.minimumNotional = uint32(draw(seed, 5, 10, 50));
        config.openInterestLow = uint96(draw(seed, 6, 1e23, 1e24));
        config.openInterestHigh = 10 * config.openInterestLow;
        config.openInterestCap = uint96(draw(seed, 7, 5e22, 1e24));
        house.setMarket(market, config);
        _done();
        _spoil(config, seed >> 128);
        requireRefused(address(house), abi.encodeCall(house.setMarket, (market, config)), UNSAFE);
    }

    /// @notice A market more, in the ledger and in the book; none is listed twice.
    function listMarket(uint256 seed) external watched(0, 0) {
        MarketConfig memory config = house.marketConfig(uint8(seed % 2));
        BookConfig memory book = BookConfig(0.01e18, 0.001e18, 0.01e18, 100_000);
        config.spotAsset = 0;
        if (_next < LISTED) {
            world.marks().setMarket(_next, world.marks().configOf(uint8(seed % 2)));
            house.listMarket(_next, config);
            BOOK.listMarket(_next++, book);
            _done();
        }
        bytes4 again = ListingLogic.ListingMismatch.selector;
        requireRefused(address(house), abi.encodeCall(house.listMarket, (_next - 1, config)), again);
        requireRefused(address(house), abi.encodeCall(house.listMarket, (16, config)), UNSAFE);
        again = IOrderBook.MarketAlreadyListed.selector;
        requireRefused(address(BOOK), abi.encodeCall(BOOK.listMarket, (_next - 1, book)), again);
    }

    /// @notice Another haircut and discount of the spot that traders hold.
    function changeSpotAsset(uint256 seed) external watched(0, 0) {
        uint8 asset = world.SPOT();
        SpotAsset memory spot = house.spotAsset(asset);
        spot.discount = uint24(draw(seed, 0, 0, 60_000));
        spot.haircut = spot.discount + uint24(draw(seed, 1, 60_000, 140_000));
        house.listSpotAsset(asset, spot);
        _done();
        spot.discount = spot.haircut + 1;
        requireRefused(address(house), abi.encodeCall(house.listSpotAsset, (asset, spot)), UNSAFE);
    }

    /// @notice Another lot, minimum and band of a book; its tick stays, and so do the orders that rest.
    function changeBook(uint256 seed, uint8 market) external watched(0, 0) {
        market %= 2;
        BookConfig memory config = BOOK.bookConfig(market);
        config.lotSize = uint72(0.001e18 / (10 ** (seed % 3)));
        config.minimumSize = uint96(config.lotSize * draw(seed, 0, 1, 10));
        config.priceBand = uint24(draw(seed, 1, 100_000, 300_000));
        BOOK.setMarket(market, config);
        _done();
        if (seed % 2 == 0) config.tickSize *= 2;
        else config.priceBand = 1_000_000;
        bytes4 reason = IOrderBook.UnsafeBookConfig.selector;
        requireRefused(address(BOOK), abi.encodeCall(BOOK.setMarket, (market, config)), reason);
    }

    // ---- caps and modules --------------------------------------------------------------------------------------------

    /// @notice Nothing beside the static caps bounds open interest, or the caps do, or others with the depth of market 1's pool.
    function changeCaps(uint256 seed) external watched(0, 0) {
        IPriceSource depth = world.sources().depth();
        OpenInterestCaps caps = seed % 3 == 0 ? OTHER_CAPS : world.caps();
        OpenInterestCaps.CapConfig memory config = OpenInterestCaps.CapConfig(
            depth,
            uint24(draw(seed, 0, 10_000, 200_000)),
            uint24(draw(seed, 1, 60_001, 200_000)),
            500_000
        );
        caps.setMarket(1, config);
        house.setOpenInterestCaps(seed % 6 == 1 ? IOpenInterestCaps(address(0)) : caps);
        _done();
        config.adverseMove = 1;
        requireRefused(address(caps), abi.encodeCall(caps.setMarket, (1, config)), UNSAFE);
        config.depthSource = IPriceSource(address(0));
        requireRefused(address(caps), abi.encodeCall(caps.setMarket, (1, config)), UNSAFE);
    }

    /// @notice A module loses its role, may then do nothing, and is given it again; prices are named again.
    function exchangeModules(uint256 seed) external watched(0, 0) {
        address[7] memory modules = [
            address(BOOK),
            address(world.engine()),
            address(world.queue()),
            address(world.fund()),
            address(world.pool()),
            address(world.sale()),
            address(world.triggers())
        ];
        address module = modules[seed % 7];
        Module role = house.moduleRole(module);
        house.setModule(module, Module.NONE);
        vm.prank(module);
        bytes memory call = abi.encodeCall(house.releaseAll, (1, 0, module));
        requireRefused(address(house), call, ClearingHouse.NotModule.selector);
        house.setModule(module, role);
        house.setMarkPrice(world.marks());
        _done();
    }

    /// @notice The engine loses its place in book, backstop and fund, may then do nothing there, and is given it again.
    function exchangeEngine() external watched(0, 0) {
        (BackstopVault backstop, InsuranceFund fund) = (world.backstop(), world.fund());
        address engine = address(world.engine());
        BOOK.setEngine(address(this));
        vm.prank(engine);
        bytes memory call = abi.encodeCall(BOOK.executeLiquidation, (1, 0, true, 1, 1, 1));
        requireRefused(address(BOOK), call, IOrderBook.NotEngine.selector);
        BOOK.setEngine(engine);
        backstop.setEngine(address(this));
        vm.prank(engine);
        requireRefused(address(backstop), abi.encodeCall(backstop.absorb, (0, 1, 1)), BackstopVault.NotEngine.selector);
        backstop.setEngine(engine);
        fund.setPayer(engine, false);
        vm.prank(engine);
        requireRefused(address(fund), abi.encodeCall(fund.pay, (0, 1, 1)), InsuranceFund.NotPayer.selector);
        fund.setPayer(engine, true);
        _done();
    }

    /// @dev Makes one of a market's parameters break a rule.
    function _spoil(MarketConfig memory config, uint256 seed) private pure {
        if (seed % 6 == 0) config.initialMarginRate = 9_999;
        if (seed % 6 == 1) config.keptRate = config.initialMarginRate - 1;
        if (seed % 6 == 2) config.maturity = 30 minutes - 1;
        if (seed % 6 == 3) config.takerFee = 10_001;
        if (seed % 6 == 4) config.hedgedMaintenance = config.initialMarginRate / 2 + 1;
        if (seed % 6 == 5) config.openInterestLow = uint96(config.openInterestHigh);
    }
}
