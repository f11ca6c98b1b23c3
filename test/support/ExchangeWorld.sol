// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV3Factory} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Factory.sol";
import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {InsuranceFund} from "../../contracts/InsuranceFund.sol";
import {LiquidationEngine} from "../../contracts/LiquidationEngine.sol";
import {OrderBook} from "../../contracts/OrderBook.sol";
import {TriggerOrders} from "../../contracts/TriggerOrders.sol";
import {FreedSpotSale} from "../../contracts/deleveraging/FreedSpotSale.sol";
import {HedgeLast} from "../../contracts/deleveraging/HedgeLast.sol";
import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {QueueDeleverager} from "../../contracts/deleveraging/QueueDeleverager.sol";
import {IDeleveragingPolicy} from "../../contracts/interfaces/IDeleveragingPolicy.sol";
import {GuardConfig} from "../../contracts/interfaces/IMarketGuard.sol";
import {ExchangeLens} from "../../contracts/lens/ExchangeLens.sol";
import {TestDepthSource} from "../../contracts/test/TestDepthSource.sol";
import {MarketGuard} from "../../contracts/oracle/MarketGuard.sol";
import {MarkPrice} from "../../contracts/oracle/MarkPrice.sol";
import {OpenInterestCaps} from "../../contracts/risk/OpenInterestCaps.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";
import {FeeSplit, Module} from "../../contracts/types/Ledger.sol";
import {DeficitMode, Deleveraging, MarketConfig, MarketStatus} from "../../contracts/types/Market.sol";
import {BookConfig, OrderRequest} from "../../contracts/types/Order.sol";
import {Action, Price, Validity} from "../../contracts/types/Price.sol";
import {SpotAsset} from "../../contracts/types/SpotAsset.sol";
import {BackstopVault} from "../../contracts/vaults/BackstopVault.sol";
import {HousePool} from "../../contracts/vaults/HousePool.sol";
import {OpenAuthority} from "./OpenAuthority.sol";
import {PriceWorld} from "./PriceWorld.sol";
import {Properties} from "./Properties.sol";
import {SourceWorld} from "./SourceWorld.sol";
import {SpotPoolDouble} from "./SpotPoolDouble.sol";
import {Test} from "./Test.sol";

/// @title The whole exchange, as it is deployed, with five traders and their neighbours
/// @notice Market 0 deleverages by tranches, hedges last, has spot, a guard and open-interest caps; market 1 leaves its deleveraging
/// to the queue, and its index hears every kind of source. Everybody may govern, because who may is not what the invariants are about.
contract ExchangeWorld is Test {
    uint8 public constant MARKETS = 2;
    uint8 public constant SPOT = 0;
    uint8 public constant TRADERS = 5;

    /// @notice What every trader and every vault starts with, quote, whole units.
    uint256 public constant STAKE = 1_000_000;

    /// @notice What the fund has, and what the backstop has allotted to each market, quote, whole units.
    uint256 public constant ALLOTTED = 250_000;

    TestToken public immutable quote;
    TestToken public immutable base;
    PriceWorld public immutable feeds;
    MarkPrice public immutable marks;
    ClearingHouse public immutable house;
    OrderBook public immutable book;
    MarketGuard public immutable guard;
    LiquidationEngine public immutable engine;
    InsuranceFund public immutable fund;
    BackstopVault public immutable backstop;
    HousePool public immutable pool;
    QueueDeleverager public immutable queue;
    TriggerOrders public immutable triggers;
    FreedSpotSale public immutable sale;
    OpenInterestCaps public immutable caps;
    TestDepthSource public immutable depth;
    SpotPoolDouble public immutable spotPool;
    ExchangeLens public immutable lens;
    SourceWorld public immutable sources;

    uint32 public immutable treasury;

    /// @notice Accounts of traders: the first TRADERS belong to trader 0 to 4, later ones to whoever opened them.
    uint32[] public accounts;

    /// @dev The marks as last looked at, and when that was.
    uint256[2] private _mark;
    uint256 private _markedAt;

    constructor() {
        OpenAuthority authority = new OpenAuthority();
        quote = new TestToken("Quote", "QUOTE", 6);
        base = new TestToken("Base", "BASE", 18);
        feeds = new PriceWorld(address(authority));
        marks = feeds.marks();
        house = new ClearingHouse(address(quote), address(authority));
        book = new OrderBook(house, marks, address(authority));
        guard = new MarketGuard(address(marks), address(book), address(authority));
        fund = new InsuranceFund(house, address(authority));
        engine = new LiquidationEngine(house, book, marks, address(authority));
        backstop = new BackstopVault(house, book, marks, quote, address(authority), 2 days);
        pool = new HousePool(house, marks, quote, address(authority));
        queue = new QueueDeleverager(house, marks, engine, fund);
        triggers = new TriggerOrders(house, book, marks);
        caps = new OpenInterestCaps(house, marks, backstop, fund, address(authority));
        depth = new TestDepthSource();
        spotPool = new SpotPoolDouble(quote, base);
        sale = new FreedSpotSale(house, marks, IUniswapV3Factory(address(spotPool)));
        lens = new ExchangeLens(house, book, marks);
        sources = new SourceWorld(address(authority), quote, feeds, book);
        _wire();
        _list();
        treasury = house.openAccount(0);
        house.setFeeSplit(FeeSplit(fund.ACCOUNT(), backstop.MAIN_ACCOUNT(), treasury, 250_000, 250_000));
        _fill();
        for (uint256 i; i < TRADERS; ++i) _settleIn(trader(i));
        _begin();
        sources.begin();
        caps.setMarket(1, OpenInterestCaps.CapConfig(sources.depth(), 100_000, 70_000, 500_000));
        lookAtMarks();
    }

    // ---- who is who --------------------------------------------------------------------------------------------------

    /// @notice The private key of a trader, from 0.
    function keyOf(uint256 seed) public pure returns (uint256) {
        return uint256(keccak256(abi.encode("trader", seed % TRADERS)));
    }

    function trader(uint256 seed) public pure returns (address) {
        return vm.addr(keyOf(seed));
    }

    /// @notice Some trader's account, and its owner.
    function pick(uint256 seed) external view returns (uint32 account, address owner) {
        account = accounts[seed % accounts.length];
        owner = house.accountData(account).owner;
    }

    function accountsOpen() external view returns (uint256) {
        return accounts.length;
    }

    /// @notice Counts another account among those that trade.
    function join(uint32 account) external {
        accounts.push(account);
    }

    /// @notice Gives a market its parameters again, whatever a guardian has done to it.
    function list(uint8 market) external {
        MarketConfig memory config = house.marketConfig(market);
        config.status = MarketStatus.ACTIVE;
        house.setMarket(market, config);
    }

    /// @notice Takes this block's marks, which whatever is done next would take first, and compares them with the last (P12).
    function lookAtMarks() public {
        for (uint8 market; market < MARKETS; ++market) {
            Price memory price = marks.priceFor(market, Action.REDUCE);
            uint256 last = _mark[market];
            (uint256 band, uint256 speed) = marks.limitsOf(market);
            uint256 room = (last * speed * (block.timestamp - _markedAt)) / 1e6;
            uint256 moved = price.mark > last ? price.mark - last : last - price.mark;
            if (last != 0) vm.assertLe(moved, room, Properties.P12);
            if (price.validity > Validity.UNCERTAIN) vm.assertEq(moved, 0, Properties.P12);
            if (price.validity == Validity.VALID && moved < room) {
                uint256 edge = (price.index * band) / 1e6;
                vm.assertLe(price.mark, price.index + edge, Properties.P12);
                vm.assertGe(price.mark + edge, price.index, Properties.P12);
            }
            _mark[market] = price.mark;
        }
        _markedAt = block.timestamp;
    }

    // ---- setting up --------------------------------------------------------------------------------------------------

    function _wire() private {
        house.setMarkPrice(marks);
        marks.setLedger(house);
        house.setModule(address(book), Module.BOOK);
        house.setModule(address(engine), Module.ENGINE);
        house.setModule(address(queue), Module.QUEUE);
        house.setModule(address(fund), Module.FUND);
        house.setModule(address(pool), Module.HOUSE);
        house.setModule(address(sale), Module.SALE);
        house.setModule(address(triggers), Module.TRIGGERS);
        book.setEngine(address(engine));
        engine.setBackstop(backstop);
        engine.setInsurance(fund);
        backstop.setEngine(address(engine));
        fund.setPayer(address(engine), true);
        fund.setPayer(address(queue), true);
        marks.setOrderBook(book);
        marks.setGuard(guard);
        guard.setMarket(0, GuardConfig(40_000, 10_000, 300, 15, 300, 60, 100, 1 << 10));
    }

    function _list() private {
        MarketConfig memory config = marketConfig(new HedgeLast(new ProRata()), Deleveraging.TRANCHES, SPOT + 1);
        house.listMarket(0, config);
        house.listMarket(1, marketConfig(new ProRata(), Deleveraging.QUEUE, 0));
        house.listSpotAsset(SPOT, SpotAsset(address(base), 18, 0, 100_000, 40_000));
        for (uint8 market; market < MARKETS; ++market) {
            book.listMarket(market, BookConfig(0.01e18, 0.001e18, 0.01e18, 100_000));
        }
    }

    /// @notice Ten times leverage, a basis point to makers, four to takers, an hour until profit has matured.
    function marketConfig(
        IDeleveragingPolicy policy,
        Deleveraging deleveraging,
        uint8 spotAsset
    ) public pure returns (MarketConfig memory) {
        return
            MarketConfig({
                status: MarketStatus.ACTIVE,
                initialMarginRate: 100_000,
                makerFee: 100,
                takerFee: 400,
                liquidationFee: 5_000,
                backstopThreshold: 666_667,
                maturity: 1 hours,
                keptRate: 200_000,
                deficitMode: DeficitMode.ALL_WINNERS,
                deleveraging: deleveraging,
                spotAsset: spotAsset,
                minimumNotional: 10,
                hedgedMaintenance: 10_000,
                refreshReward: 50,
                openInterestLow: 1e24,
                openInterestHigh: 2e24,
                openInterestCap: 1e24,
                policy: policy
            });
    }

    /// @dev Fund and vaults get their money and their limits.
    function _fill() private {
        quote.mint(address(this), 10 * STAKE * 1e6);
        quote.approve(address(fund), type(uint256).max);
        quote.approve(address(backstop), type(uint256).max);
        quote.approve(address(pool), type(uint256).max);
        fund.topUp(ALLOTTED * 1e6);
        fund.setTotalLimit(100_000, 200_000, 1 days);
        backstop.deposit(STAKE * 1e6, address(this));
        pool.deposit(2 * STAKE * 1e6, address(this));
        depth.setDepth(100 * STAKE * 1e18);
        for (uint8 market; market < MARKETS; ++market) {
            fund.setMarketLimit(market, 50_000, 100_000, 1 days);
            backstop.allot(market, ALLOTTED * 1e18);
            backstop.setLimits(market, BackstopVault.Limits(1_000_000, 100_000, 1 days, 5_000_000));
            backstop.setUnwindLimits(market, 20_000, 500_000, 1_000_000, 1 hours);
            pool.setTerms(
                market,
                HousePool.Terms(6_000, 10_000, 5_000, 500_000, 10_000, 2_000_000),
                500_000,
                1_000_000,
                60
            );
        }
        caps.setMarket(0, OpenInterestCaps.CapConfig(depth, 100_000, 60_000, 100_000));
        house.setOpenInterestCaps(caps);
    }

    /// @dev Everybody trades with house pool and triggers, and has tokens left to bring later.
    function _settleIn(address owner) private {
        quote.mint(owner, 10 * STAKE * 1e6);
        base.mint(owner, 100_000e18);
        vm.startPrank(owner);
        quote.approve(address(house), type(uint256).max);
        quote.approve(address(fund), type(uint256).max);
        quote.approve(address(backstop), type(uint256).max);
        quote.approve(address(pool), type(uint256).max);
        base.approve(address(house), type(uint256).max);
        uint32 account = house.openAccount(1);
        house.setOperator(account, address(pool), true);
        house.setOperator(account, address(triggers), true);
        house.deposit(account, STAKE * 1e6);
        vm.stopPrank();
        accounts.push(account);
    }

    /// @dev Positions of five times leverage in either market, and a hedge, so that a few moves of the price make liquidations.
    function _begin() private {
        vm.prank(trader(2));
        house.depositSpot(accounts[2], SPOT, 600e18);
        vm.warp(block.timestamp + 2 hours);
        feeds.report(0, 2_000e18, 2_000e18);
        feeds.report(1, 100e18, 100e18);
        _cross(0, 1, 0, 2_000e18, 2_000e18);
        _cross(3, 2, 0, 600e18, 2_000e18);
        _cross(4, 3, 1, 45_000e18, 100e18);
    }

    function _cross(uint256 buyer, uint256 seller, uint8 market, uint96 size, uint128 price) private {
        OrderRequest memory request;
        (request.market, request.buy, request.size, request.price) = (market, true, size, price);
        vm.prank(trader(buyer));
        book.place(accounts[buyer], request);
        request.buy = false;
        vm.prank(trader(seller));
        require(book.place(accounts[seller], request).filled == size, "not opened");
    }
}
